/** Filters as the data path reads them: one rule for each type, durations and shares as numbers. */
import type { OriginRule } from '../../core/cors/cors.ts';
import { parseDuration } from '../../core/duration.ts';
import type { PathModifier } from '../../core/urls/url-rewrite.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type {
  CorsRule,
  DirectResponse,
  FaultRule,
  FilterRules,
  HeaderChange,
  MirrorRule,
  RedirectRule,
  RewriteRule,
  Target,
} from '../snapshot.ts';

type DocumentFilter = NonNullable<DocumentRoute['filters']>[number];
type Of<Field extends keyof DocumentFilter> = NonNullable<DocumentFilter[Field]>;

/** Finds what a mirror names: a version of the document, or a service of the mesh. */
export type FindTarget = (reference: { readonly version?: string; readonly service?: string }) => Target;

/** Compiles the filters of a route or backend; checked before: each type once, mirrors any number. */
export function compileFilters(filters: readonly DocumentFilter[] | undefined, targetOf: FindTarget): FilterRules {
  let rules: FilterRules = {};
  for (const filter of filters ?? []) rules = { ...rules, ...ruleOf(filter, rules, targetOf) };
  return rules;
}

function ruleOf(filter: DocumentFilter, before: FilterRules, targetOf: FindTarget): FilterRules {
  switch (filter.type) {
    case 'RequestHeaderModifier':
      return { requestHeaders: headerChange(filter.requestHeaderModifier as Of<'requestHeaderModifier'>) };
    case 'ResponseHeaderModifier':
      return { responseHeaders: headerChange(filter.responseHeaderModifier as Of<'responseHeaderModifier'>) };
    case 'RequestRedirect':
      return { redirect: redirectOf(filter.requestRedirect as Of<'requestRedirect'>) };
    case 'URLRewrite':
      return { rewrite: rewriteOf(filter.urlRewrite as Of<'urlRewrite'>) };
    case 'RequestMirror':
      return {
        mirrors: [...(before.mirrors ?? []), mirrorOf(filter.requestMirror as Of<'requestMirror'>, targetOf)],
      };
    case 'CORS':
      return { cors: corsOf(filter.cors as Of<'cors'>) };
    case 'DirectResponse':
      return { directResponse: directResponseOf(filter.directResponse as Of<'directResponse'>) };
    case 'FaultInjection':
      return { fault: faultOf(filter.faultInjection as Of<'faultInjection'>) };
  }
}

function headerChange({ set = [], add = [], remove = [] }: Of<'requestHeaderModifier'>): HeaderChange {
  return {
    set: set.map(({ name, value }) => [name.toLowerCase(), value] as const),
    add: add.map(({ name, value }) => [name.toLowerCase(), value] as const),
    remove: remove.map((name) => name.toLowerCase()),
  };
}

function pathModifier(path: Of<'urlRewrite'>['path']): PathModifier | undefined {
  if (path === undefined) return undefined;
  const { type, replaceFullPath = '', replacePrefixMatch = '', replaceRegexMatch } = path;
  if (type === 'ReplaceFullPath') return { type, value: replaceFullPath };
  if (type === 'ReplacePrefixMatch') return { type, value: replacePrefixMatch };
  return { type, pattern: replaceRegexMatch?.pattern ?? '', substitution: replaceRegexMatch?.substitution ?? '' };
}

function redirectOf({ scheme, hostname, port, path, statusCode = 302 }: Of<'requestRedirect'>): RedirectRule {
  return { scheme, hostname, port, path: pathModifier(path), statusCode };
}

function rewriteOf({ hostname, path }: Of<'urlRewrite'>): RewriteRule {
  return { hostname, path: pathModifier(path) };
}

function mirrorOf({ version, service, percent, fraction }: Of<'requestMirror'>, targetOf: FindTarget): MirrorRule {
  const share = fraction === undefined ? shareOf(percent) : fraction.numerator / (fraction.denominator ?? 100);
  return { target: targetOf({ version, service }), share };
}

function corsOf(cors: Of<'cors'>): CorsRule {
  return {
    allowOrigins: (cors.allowOrigins ?? []).map(originRule),
    allowCredentials: cors.allowCredentials ?? false,
    allowMethods: cors.allowMethods ?? [],
    allowHeaders: cors.allowHeaders ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    maxAge: cors.maxAge,
  };
}

function originRule(origin: NonNullable<Of<'cors'>['allowOrigins']>[number]): OriginRule {
  if (typeof origin !== 'string') return origin;
  const star = origin.indexOf('*');
  if (star < 0) return { type: 'Exact', value: origin };
  return { type: 'Wildcard', before: origin.slice(0, star), after: origin.slice(star + 1) };
}

function directResponseOf({ status, body = '', contentType }: Of<'directResponse'>): DirectResponse {
  return { status, body, contentType: contentType ?? 'text/plain; charset=utf-8' };
}

function faultOf({ delay, abort, requestHeaders = false }: Of<'faultInjection'>): FaultRule {
  return {
    delay: delay && { ms: parseDuration(delay.duration) ?? 0, share: shareOf(delay.percent) },
    abort: abort && { status: abort.status, grpcStatus: abort.grpcStatus, share: shareOf(abort.percent) },
    requestHeaders,
  };
}

/** Without a percentage a filter is for every call. */
function shareOf(percent: number | undefined): number {
  return (percent ?? 100) / 100;
}
