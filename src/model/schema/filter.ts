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
  notEmpty,
  number,
  oneOf,
  optional,
  text,
  type ValueOf,
  whole,
  word,
} from './form.ts';

const headerPair = closed({ name: headerName, value: headerValue });

const headerChange = closed({
  set: optional(list(headerPair, 64)),
  add: optional(list(headerPair, 64)),
  remove: optional(list(headerName, 64)),
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
    type: word(['ReplaceFullPath', 'ReplacePrefixMatch', 'ReplaceRegexMatch']),
    replaceFullPath: optional(targetPath),
    replacePrefixMatch: optional(targetPath),
    replaceRegexMatch: optional(
      closed({
        pattern: regexText,
        substitution: substitution,
      }),
    ),
  },
  onlyField,
);

export const redirectPort = either(whole(1, 65_535), literal('request'));

const requestRedirect = closed({
  scheme: optional(word(['http', 'https'])),
  hostname: optional(hostName),
  port: optional(redirectPort),
  path: optional(pathModifier),
  statusCode: optional(word([301, 302, 303, 307, 308])),
});

export const authority = text(/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})(?::[0-9]{1,5})?$/);

const urlRewrite = closed(
  { hostname: optional(authority), path: optional(pathModifier) },
  counted(['hostname', 'path'], 1, 2),
);

export const notAboveOne: Demand = {
  holds: ({ numerator, denominator = 100 }) => !(Number(numerator) > Number(denominator)),
};

const fraction = closed(
  {
    numerator: whole(0, 1_000_000_000),
    denominator: optional(whole(1, 1_000_000_000)),
  },
  notAboveOne,
);

const requestMirror = closed(
  {
    version: optional(givenName),
    service: optional(workerName),
    percent: optional(sharePercent),
    fraction: optional(fraction),
  },
  oneOf('version', 'service'),
  counted(['percent', 'fraction'], 0, 1),
);

export const origin = text(/^[\x21-\x7e]{1,512}$/);

const originMatch = closed({
  type: word(['Exact', 'Prefix', 'RegularExpression']),
  value: length(1024, 1),
});

const cors = closed({
  allowOrigins: optional(
    list(
      chosen<string | ValueOf<typeof originMatch>>(
        (value) => (typeof value === 'string' ? origin : originMatch) as Form<string | ValueOf<typeof originMatch>>,
      ),
      64,
    ),
  ),
  allowCredentials: optional(flag),
  allowMethods: optional(list(anyMethod, 32)),
  allowHeaders: optional(list(headerName, 64)),
  exposeHeaders: optional(list(headerName, 64)),
  maxAge: optional(whole(0, 86_400 * 365)),
});

const directResponse = closed({
  status: whole(200, 599),
  body: optional(length(65_536)),
  contentType: optional(headerValue),
});

const abort = closed(
  {
    status: optional(whole(200, 599)),
    grpcStatus: optional(whole(0, 16)),
    percent: optional(sharePercent),
  },
  oneOf('status', 'grpcStatus'),
);

const faultInjection = closed(
  {
    delay: optional(closed({ duration, percent: optional(sharePercent) })),
    abort: optional(abort),
    requestHeaders: optional(flag),
  },
  notEmpty,
);

const fields = {
  requestHeaderModifier: optional(headerChange),
  responseHeaderModifier: optional(headerChange),
  requestRedirect: optional(requestRedirect),
  urlRewrite: optional(urlRewrite),
  requestMirror: optional(requestMirror),
  cors: optional(cors),
  directResponse: optional(directResponse),
  faultInjection: optional(faultInjection),
};

const filter = closed(
  {
    type: word([
      'RequestHeaderModifier',
      'ResponseHeaderModifier',
      'RequestRedirect',
      'URLRewrite',
      'RequestMirror',
      'CORS',
      'DirectResponse',
      'FaultInjection',
    ]),
    ...fields,
  },
  onlyField,
);

export const filters = list(filter, 24);
