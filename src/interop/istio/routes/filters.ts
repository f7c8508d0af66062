/** What Istio does with the calls of a route, beside sending them on. */
import { fromBase64 } from '../../../core/encoding/base64.ts';
import type { BackendTarget, Filter } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { readDuration, readDurationMs } from '../durations.ts';
import { readStringMatch } from './string-match.ts';

/** HTTPFaultInjection. Without a percentage Istio injects nothing. */
export function convertFault(fault: Located): Filter[] {
  if (!fault.present) return [];
  fault.only(['delay', 'abort']);
  const delay = fault
    .get('delay')
    .only(['fixedDelay', 'percentage', 'percent'], { exponentialDelay: 'a delay has one duration' });
  const abort = fault
    .get('abort')
    .only(['httpStatus', 'grpcStatus', 'percentage', 'percent'], { http2Error: 'a Worker ends no HTTP/2 streams' });
  const duration = readDuration(delay.get('fixedDelay'));
  const grpc = abort.get('grpcStatus').text();
  const grpcStatus = grpc === undefined ? undefined : grpcStatusOf(grpc);
  if (grpc !== undefined && grpcStatus === undefined)
    abort.get('grpcStatus').wrong('a status of gRPC such as UNAVAILABLE');
  const status = abort.get('httpStatus').number();
  const faultInjection = {
    ...(duration === undefined ? {} : { delay: { duration, percent: percentOf(delay) } }),
    ...(status === undefined ? {} : { abort: { status, percent: percentOf(abort) } }),
    ...(grpcStatus === undefined ? {} : { abort: { grpcStatus, percent: percentOf(abort) } }),
  };
  return Object.keys(faultInjection).length === 0 ? [] : [{ type: 'FaultInjection', faultInjection }];
}

function percentOf(where: Located): number {
  return where.get('percentage').only(['value']).get('value').number() ?? where.get('percent').number() ?? 0;
}

const grpcStatuses = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

function grpcStatusOf(text: string): number | undefined {
  const index = grpcStatuses.indexOf(text.toUpperCase());
  if (index >= 0) return index;
  return /^(?:\d|1[0-6])$/.test(text) ? Number(text) : undefined;
}

/** A mirror that leads nowhere is left out by whoever resolves the destination. */
export type ResolveMirror = (destination: Located) => BackendTarget | undefined;

/** `mirror`, with its percentage beside it, and `mirrors`. */
export function convertMirrors(
  fields: {
    readonly mirror: Located;
    readonly percentage: Located;
    readonly percent: Located;
    readonly mirrors: Located;
  },
  resolve: ResolveMirror,
): Filter[] {
  const filters: Filter[] = [];
  const add = (destination: Located, percent: number | undefined): void => {
    const target = resolve(destination);
    if (target !== undefined)
      filters.push({
        type: 'RequestMirror',
        requestMirror: { ...target, ...(percent === undefined ? {} : { percent }) },
      });
  };
  if (fields.mirror.present) {
    const value = fields.percentage.only(['value']).get('value').number() ?? fields.percent.number();
    add(fields.mirror, value);
  }
  for (const item of fields.mirrors.items()) {
    item.only(['destination', 'percentage']);
    add(item.get('destination'), item.get('percentage').only(['value']).get('value').number());
  }
  return filters;
}

type Origin = NonNullable<NonNullable<Filter['cors']>['allowOrigins']>[number];

const originTypes = { exact: 'Exact', prefix: 'Prefix', regex: 'RegularExpression' } as const;

/** CorsPolicy. */
export function convertCors(policy: Located): Filter[] {
  if (!policy.present) return [];
  policy.only([
    'allowOrigins',
    'allowOrigin',
    'allowMethods',
    'allowHeaders',
    'exposeHeaders',
    'maxAge',
    'allowCredentials',
    'unmatchedPreflights',
  ]);
  const unmatched = policy.get('unmatchedPreflights');
  if (unmatched.text() === 'FORWARD') unmatched.refuse('preflight requests of other origins are answered by the mesh');
  const exact = policy
    .get('allowOrigin')
    .items()
    .flatMap((item) => item.text() ?? [])
    .map((value): Origin => (value === '*' ? '*' : { type: 'Exact', value }));
  const allowOrigins = policy
    .get('allowOrigins')
    .items()
    .flatMap((item): Origin[] => {
      const match = readStringMatch(item);
      if (match === undefined) return [];
      if (match.type === 'present' || (match.type === 'exact' && match.value === '*')) return ['*'];
      return [{ type: originTypes[match.type], value: match.value }];
    });
  const all = [...exact, ...allowOrigins];
  const names = (name: string): Record<string, string[]> => {
    const list = policy.get(name);
    return list.present ? { [name]: list.items().flatMap((item) => item.text() ?? []) } : {};
  };
  const allowCredentials = policy.get('allowCredentials').flag();
  const maxAge = readDurationMs(policy.get('maxAge'));
  return [
    {
      type: 'CORS',
      cors: {
        allowOrigins: all.includes('*') ? ['*'] : all,
        ...(allowCredentials === undefined ? {} : { allowCredentials }),
        ...names('allowMethods'),
        ...names('allowHeaders'),
        ...names('exposeHeaders'),
        ...(maxAge === undefined ? {} : { maxAge: Math.floor(maxAge / 1000) }),
      },
    },
  ];
}

/** HTTPDirectResponse. */
export function convertDirectResponse(response: Located): Filter[] {
  response.only(['status', 'body']);
  const status = response.get('status').number();
  if (status === undefined) {
    response.get('status').wrong('a status');
    return [];
  }
  const where = response.get('body').only(['string', 'bytes']);
  const body = where.get('string').text() ?? bytesText(where.get('bytes'));
  return [{ type: 'DirectResponse', directResponse: { status, ...(body === undefined ? {} : { body }) } }];
}

/** Base64, as bytes stand in YAML. */
function bytesText(where: Located): string | undefined {
  const text = where.text();
  if (text === undefined) return undefined;
  try {
    const bytes = fromBase64(text);
    if (bytes !== undefined) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // No UTF-8: said below.
  }
  where.refuse('a body is text: these bytes are no UTF-8 in base64');
  return undefined;
}
