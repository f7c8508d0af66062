/** Filters of a route or of one backend: HTTPRouteFilter, and Istio's fault injection and direct response in the same form. */
import * as v from 'valibot';
import { closed, list, text, whole, word } from './closed.ts';
import { duration, givenName, headerName, headerValue, hostName, httpMethod, workerName } from './fields.ts';

const flag = v.boolean('true or false');
const headerPair = closed({ name: headerName, value: headerValue });

const headerChange = closed({
  set: v.optional(list(headerPair, 64)),
  add: v.optional(list(headerPair, 64)),
  remove: v.optional(list(headerName, 64)),
});

const sharePercent = v.pipe(
  v.number('a number from 0 to 100'),
  v.minValue(0, 'a number from 0 to 100'),
  v.maxValue(100, 'a number from 0 to 100'),
);

const targetPath = text(/^\/[\x21\x24-\x3b\x3d\x3f-\x5b\x5d-\x7e]{0,2047}$|^$/, 'a path that begins with "/"');

/** What stands in for the path: of a redirect's Location, or of the request that goes to the backend. */
const pathModifier = closed(
  {
    type: word(['ReplaceFullPath', 'ReplacePrefixMatch', 'ReplaceRegexMatch']),
    replaceFullPath: v.optional(targetPath),
    replacePrefixMatch: v.optional(targetPath),
    replaceRegexMatch: v.optional(
      closed({
        pattern: v.pipe(v.string('an expression in RE2 syntax'), v.maxLength(1024, 'at most 1024 characters')),
        substitution: text(/^[\x20-\x7e]{0,1024}$/, 'text with \\1 for what the first group matched'),
      }),
    ),
  },
  (value) => onlyFieldOf(value),
);

const requestRedirect = closed({
  scheme: v.optional(word(['http', 'https'])),
  hostname: v.optional(hostName),
  port: v.optional(v.union([whole(1, 65_535), v.literal('request')], 'a whole number from 1 to 65535, or request')),
  path: v.optional(pathModifier),
  statusCode: v.optional(v.picklist([301, 302, 303, 307, 308], 'one of 301, 302, 303, 307, 308')),
});

const authority = text(
  /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})(?::[0-9]{1,5})?$/,
  'a host name, with a port or without',
);

const urlRewrite = closed({ hostname: v.optional(authority), path: v.optional(pathModifier) }, (value) =>
  value.hostname === undefined && value.path === undefined ? 'at least one of hostname and path' : undefined,
);

const requestMirror = closed(
  {
    version: v.optional(givenName),
    service: v.optional(workerName),
    percent: v.optional(sharePercent),
    fraction: v.optional(
      closed(
        {
          numerator: whole(0, 1_000_000_000),
          denominator: v.optional(whole(1, 1_000_000_000)),
        },
        ({ numerator, denominator = 100 }) =>
          Number(numerator) > Number(denominator) ? 'a numerator not above the denominator' : undefined,
      ),
    ),
  },
  ({ version, service, percent, fraction }) => {
    if ((version === undefined) === (service === undefined)) return 'exactly one of version and service';
    return percent !== undefined && fraction !== undefined ? 'at most one of percent and fraction' : undefined;
  },
);

const origin = text(/^[\x21-\x7e]{1,512}$/, 'an origin such as https://shop.example.com, https://*.example.com, or *');

const cors = closed({
  allowOrigins: v.optional(
    list(
      v.lazy((input) =>
        typeof input === 'string'
          ? origin
          : closed({
              type: word(['Exact', 'Prefix', 'RegularExpression']),
              value: v.pipe(v.string('text'), v.minLength(1, 'text'), v.maxLength(1024, 'at most 1024 characters')),
            }),
      ) as v.GenericSchema<
        string | { type: 'Exact' | 'Prefix' | 'RegularExpression'; value: string },
        string | { type: 'Exact' | 'Prefix' | 'RegularExpression'; value: string }
      >,
      64,
    ),
  ),
  allowCredentials: v.optional(flag),
  allowMethods: v.optional(list(v.union([httpMethod, v.literal('*')], 'an HTTP method in upper case, or *'), 32)),
  allowHeaders: v.optional(list(headerName, 64)),
  exposeHeaders: v.optional(list(headerName, 64)),
  maxAge: v.optional(whole(0, 86_400 * 365)),
});

const directResponse = closed({
  status: whole(200, 599),
  body: v.optional(v.pipe(v.string('text'), v.maxLength(65_536, 'text of at most 65536 characters'))),
  contentType: v.optional(headerValue),
});

const faultInjection = closed(
  {
    delay: v.optional(closed({ duration, percent: v.optional(sharePercent) })),
    abort: v.optional(
      closed(
        {
          status: v.optional(whole(200, 599)),
          grpcStatus: v.optional(whole(0, 16)),
          percent: v.optional(sharePercent),
        },
        ({ status, grpcStatus }) =>
          (status === undefined) === (grpcStatus === undefined) ? 'exactly one of status and grpcStatus' : undefined,
      ),
    ),
    requestHeaders: v.optional(flag),
  },
  (value) => (Object.keys(value).length === 0 ? 'at least one of delay, abort, requestHeaders' : undefined),
);

const fields = {
  requestHeaderModifier: v.optional(headerChange),
  responseHeaderModifier: v.optional(headerChange),
  requestRedirect: v.optional(requestRedirect),
  urlRewrite: v.optional(urlRewrite),
  requestMirror: v.optional(requestMirror),
  cors: v.optional(cors),
  directResponse: v.optional(directResponse),
  faultInjection: v.optional(faultInjection),
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
  (value) => onlyFieldOf(value, { CORS: 'cors', URLRewrite: 'urlRewrite' }),
);

/** The Gateway API's unions: the field that `type` names, in lower camel case unless it says otherwise, and none of the others. */
function onlyFieldOf(
  value: Readonly<Record<string, unknown>>,
  spelled: Readonly<Record<string, string>> = {},
): string | undefined {
  const { type } = value;
  if (typeof type !== 'string') return undefined;
  const name = spelled[type] ?? type.charAt(0).toLowerCase() + type.slice(1);
  const others = Object.keys(value).filter((key) => key !== 'type' && key !== name);
  return value[name] !== undefined && others.length === 0 ? undefined : `${name} and nothing else beside type ${type}`;
}

export const filters = list(filter, 24);
