/** Filters of a route or of one backend: HTTPRouteFilter, and Istio's fault injection and direct response in the same form. */
import { anyMethod, duration, givenName, headerName, headerValue, hostName, workerName } from './fields.ts';
import {
  chosen,
  closed,
  counted,
  type Demand,
  either,
  type Form,
  flag,
  length,
  list,
  literal,
  needed,
  notEmpty,
  number,
  oneOf,
  text,
  type ValueOf,
  whole,
  word,
} from './form.ts';

const headerPair = closed({ name: needed(headerName), value: needed(headerValue) });

const headerChange = closed({
  set: list(headerPair, 64),
  add: list(headerPair, 64),
  remove: list(headerName, 64),
});

const sharePercent = number(0, 100);

export const targetPath = text(/^\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d-\x7e]{0,2047}$|^$/);
export const substitution = text(/^[\x20-\x7e]{0,1024}$/);
export const regexText = length(1024);

/** Field names of the types that are not spelled as the type is, in lower camel case. */
const spelled = new Map([
  ['CORS', 'cors'],
  ['URLRewrite', 'urlRewrite'],
]);

/** The Gateway API's unions: the field that a type names. */
export function fieldOfType(type: string): string {
  return spelled.get(type) ?? type.charAt(0).toLowerCase() + type.slice(1);
}

/** There is the field that `type` names, and none of the others. */
export const onlyField: Demand = {
  holds: (value) =>
    typeof value.type !== 'string' || (value[fieldOfType(value.type)] !== undefined && Object.keys(value).length === 2),
};

/** What stands in for the path: of a redirect's Location, or of the request that goes to the backend. */
const pathModifier = closed(
  {
    type: needed(word(['ReplaceFullPath', 'ReplacePrefixMatch', 'ReplaceRegexMatch'])),
    replaceFullPath: targetPath,
    replacePrefixMatch: targetPath,
    replaceRegexMatch: closed({
      pattern: needed(regexText),
      substitution: needed(substitution),
    }),
  },
  onlyField,
);

export const redirectPort = either(whole(1, 65_535), literal('request'));

const requestRedirect = closed({
  scheme: word(['http', 'https']),
  hostname: hostName,
  port: redirectPort,
  path: pathModifier,
  statusCode: word([301, 302, 303, 307, 308]),
});

export const authority = text(/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})(?::[0-9]{1,5})?$/);

const urlRewrite = closed({ hostname: authority, path: pathModifier }, counted(['hostname', 'path'], 1, 2));

export const notAboveOne: Demand = {
  holds: ({ numerator, denominator = 100 }) => !(Number(numerator) > Number(denominator)),
};

const fraction = closed(
  {
    numerator: needed(whole(0, 1_000_000_000)),
    denominator: whole(1, 1_000_000_000),
  },
  notAboveOne,
);

const requestMirror = closed(
  {
    version: givenName,
    service: workerName,
    percent: sharePercent,
    fraction,
  },
  oneOf('version', 'service'),
  counted(['percent', 'fraction'], 0, 1),
);

export const origin = text(/^[\x21-\x7e]{1,512}$/);

const originMatch = closed({
  type: needed(word(['Exact', 'Prefix', 'RegularExpression'])),
  value: needed(length(1024, 1)),
});

const cors = closed({
  allowOrigins: list(
    chosen<string | ValueOf<typeof originMatch>>(
      (value) => (typeof value === 'string' ? origin : originMatch) as Form<string | ValueOf<typeof originMatch>>,
    ),
    64,
  ),
  allowCredentials: flag,
  allowMethods: list(anyMethod, 32),
  allowHeaders: list(headerName, 64),
  exposeHeaders: list(headerName, 64),
  maxAge: whole(0, 86_400 * 365),
});

const directResponse = closed({
  status: needed(whole(200, 599)),
  body: length(65_536),
  contentType: headerValue,
});

const abort = closed(
  {
    status: whole(200, 599),
    grpcStatus: whole(0, 16),
    percent: sharePercent,
  },
  oneOf('status', 'grpcStatus'),
);

const faultInjection = closed(
  {
    delay: closed({ duration: needed(duration), percent: sharePercent }),
    abort,
    requestHeaders: flag,
  },
  notEmpty,
);

const fields = {
  requestHeaderModifier: headerChange,
  responseHeaderModifier: headerChange,
  requestRedirect,
  urlRewrite,
  requestMirror,
  cors,
  directResponse,
  faultInjection,
};

const filter = closed(
  {
    type: needed(
      word([
        'RequestHeaderModifier',
        'ResponseHeaderModifier',
        'RequestRedirect',
        'URLRewrite',
        'RequestMirror',
        'CORS',
        'DirectResponse',
        'FaultInjection',
      ]),
    ),
    ...fields,
  },
  onlyField,
);

export const filters = list(filter, 24);
