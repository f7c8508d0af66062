/** The rules of filters that span fields: what a filter may stand beside, and what its values may be where it stands. */
import { canonicalTarget, type Normalization } from '../../core/canonical-path.ts';
import { hasBody } from '../../core/error-reply.ts';
import { substitutionFault } from '../../core/linear-regex.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import { type Findings, type Path, repeated } from '../findings/findings.ts';
import { malformed } from '../findings/issue.ts';
import type { ServiceDocument } from '../schema/service.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];
type Filter = NonNullable<Route['filters']>[number];
type PathModifier = NonNullable<NonNullable<Filter['urlRewrite']>['path']>;
type Cors = NonNullable<Filter['cors']>;

/** Where filters stand, and what their rules ask about that place. */
interface Place {
  readonly on: 'route' | 'backend';
  readonly at: Path;
  readonly route: Route;
  readonly versions: readonly string[];
  readonly normalization: Normalization;
  readonly findings: Findings;
}

/** Checks the filters of a route and of its backends. */
export function checkFilters(
  route: Route,
  at: Path,
  versions: readonly string[],
  normalization: Normalization,
  findings: Findings,
): void {
  const place = { route, versions, normalization, findings };
  if (route.filters !== undefined) checkList(route.filters, { ...place, on: 'route', at: [...at, 'filters'] });
  route.backends?.forEach((backend, index) => {
    const here = [...at, 'backends', index, 'filters'];
    if (backend.filters !== undefined) checkList(backend.filters, { ...place, on: 'backend', at: here });
  });
}

function checkList(filters: readonly Filter[], place: Place): void {
  const { at, findings } = place;
  const types = filters.map((filter, index) => (filter.type === 'RequestMirror' ? `mirror ${index}` : filter.type));
  for (const index of repeated(types)) {
    findings.add(
      [...at, index, 'type'],
      malformed.duplicate,
      'there is a filter of this type already',
      'each type once; RequestMirror any number of times',
    );
  }
  checkAnswers(filters, place);
  filters.forEach((filter, index) => {
    checkFilter(filter, { ...place, at: [...at, index] });
  });
}

/** A redirect or direct response ends the call, so nothing may stand beside it that would never be reached. */
function checkAnswers(filters: readonly Filter[], { on, at, route, findings }: Place): void {
  const index = filters.findIndex(({ type }) => type === 'RequestRedirect' || type === 'DirectResponse');
  const answer = filters[index];
  if (answer === undefined) return;
  const here = [...at, index, 'type'];
  const other = filters.find(
    ({ type }) => ['RequestRedirect', 'DirectResponse', 'URLRewrite'].includes(type) && type !== answer.type,
  );
  if (other !== undefined) {
    findings.add(
      here,
      malformed.inconsistent,
      `${answer.type} answers the call, so that ${other.type} beside it has no effect`,
      `${answer.type} or ${other.type}`,
    );
  }
  if (on === 'route' && route.backends !== undefined && route.backends.length > 0) {
    findings.add(
      here,
      malformed.inconsistent,
      `${answer.type} answers every call of the route, so that its backends get none`,
      `a route without backends, or ${answer.type} among the filters of a backend`,
    );
  }
}

function checkFilter(filter: Filter, place: Place): void {
  const { at, on, findings, versions } = place;
  for (const field of ['requestHeaderModifier', 'responseHeaderModifier'] as const) checkHeaders(filter, field, place);
  const { requestRedirect, urlRewrite, requestMirror, cors, directResponse, faultInjection } = filter;
  if (on === 'backend' && (cors !== undefined || faultInjection !== undefined)) {
    const why = cors === undefined ? 'a fault is injected once for a call' : 'a preflight is answered';
    findings.add(
      [...at, 'type'],
      malformed.inconsistent,
      `${why} before a backend is picked`,
      `${filter.type} among the filters of the route`,
    );
  }
  checkModifier(requestRedirect?.path, [...at, 'requestRedirect', 'path'], true, place);
  checkModifier(urlRewrite?.path, [...at, 'urlRewrite', 'path'], false, place);
  if (requestMirror?.version !== undefined)
    findings.version(requestMirror.version, versions, [...at, 'requestMirror', 'version']);
  if (cors !== undefined) checkCors(cors, [...at, 'cors'], findings);
  if (directResponse?.body && !hasBody(directResponse.status)) {
    findings.add(
      [...at, 'directResponse', 'body'],
      malformed.inconsistent,
      `a response of status ${directResponse.status} has no body`,
      'no body, or another status',
    );
  }
}

function checkHeaders(
  filter: Filter,
  field: 'requestHeaderModifier' | 'responseHeaderModifier',
  { at, findings }: Place,
): void {
  for (const action of ['set', 'add', 'remove'] as const) {
    const names = (filter[field]?.[action] ?? []).map((change) =>
      (typeof change === 'string' ? change : change.name).toLowerCase(),
    );
    const here = [...at, field, action];
    for (const index of repeated(names)) {
      const message = `the header ${JSON.stringify(names[index])} stands in this list twice`;
      findings.add([...here, index], malformed.duplicate, message, 'each header once');
    }
    names.forEach((name, index) => {
      const why = unchangeableHeader(name, field === 'requestHeaderModifier');
      const key = action === 'remove' ? [] : ['name'];
      if (why !== undefined)
        findings.add([...here, index, ...key], malformed.badValue, `no route can change ${JSON.stringify(name)}`, why);
    });
  }
}

/** `redirect`: a Location may have a query of its own; a backend always gets the request's. */
function checkModifier(modifier: PathModifier | undefined, at: Path, redirect: boolean, place: Place): void {
  if (modifier === undefined) return;
  const { replaceFullPath, replacePrefixMatch, replaceRegexMatch } = modifier;
  if (replaceFullPath !== undefined) checkTarget(replaceFullPath, [...at, 'replaceFullPath'], redirect, place);
  if (replacePrefixMatch !== undefined) {
    checkTarget(replacePrefixMatch, [...at, 'replacePrefixMatch'], false, place);
    checkPrefixMatches(at, place);
  }
  if (replaceRegexMatch !== undefined) checkRegexRewrite(replaceRegexMatch, [...at, 'replaceRegexMatch'], place);
}

function checkTarget(text: string, at: Path, mayHaveQuery: boolean, { normalization, findings }: Place): void {
  const queryAt = text.indexOf('?');
  if (queryAt >= 0 && !mayHaveQuery) {
    const expected = 'the path alone; the query of the request stays';
    findings.add(at, malformed.badValue, 'a path has no query', expected);
    return;
  }
  const path = queryAt < 0 ? text : text.slice(0, queryAt);
  if (path === '') return;
  const target = canonicalTarget(`http://host${path}`, normalization);
  if (!target.ok) findings.add(at, malformed.badValue, target.detail);
  else if (target.path !== path) findings.add(at, malformed.badValue, 'the path is not canonical', target.path);
  // The Gateway API has no empty segments in paths, and a replaced prefix would put one before whatever follows.
  else if (path.includes('//')) {
    findings.add(at, malformed.badValue, 'the path has an empty segment', path.replace(/\/{2,}/g, '/'));
  }
}

function checkPrefixMatches(at: Path, { route, findings }: Place): void {
  const other = route.matches?.find(({ path }) => path?.type !== undefined && path.type !== 'PathPrefix');
  if (other === undefined) return;
  findings.add(
    [...at, 'type'],
    malformed.inconsistent,
    `a match of the route is by ${other.path?.type} path, so there is no prefix to replace`,
    'matches by PathPrefix, or ReplaceFullPath',
  );
}

function checkRegexRewrite(
  { pattern, substitution }: NonNullable<PathModifier['replaceRegexMatch']>,
  at: Path,
  { normalization, findings }: Place,
): void {
  const groups = findings.regex(pattern, [...at, 'pattern']);
  if (groups === undefined) return;
  const here = [...at, 'substitution'];
  const fault = substitutionFault(substitution, groups);
  if (fault !== undefined) {
    findings.add(here, malformed.badValue, fault);
    return;
  }
  // With letters for what the groups will match, so that what is wrong in any case is known now.
  const example = `/${substitution.replace(/\\[0-9]/g, 'x').replace(/\\\\/g, '\\')}`;
  const target = canonicalTarget(`http://host${example}`, normalization);
  if (!target.ok || target.path !== example) {
    const expected = 'characters that a path holds, others percent-encoded; no query and no segments of dots';
    findings.add(here, malformed.badValue, 'the substitution makes a path that is not canonical', expected);
  }
}

function checkCors(cors: Cors, at: Path, findings: Findings): void {
  const { allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [] } = cors;
  const lists = { allowOrigins, allowMethods, allowHeaders, exposeHeaders };
  for (const [field, values] of Object.entries(lists)) {
    const index = values.indexOf('*');
    if (index >= 0 && values.length > 1)
      findings.add(
        [...at, field, index],
        malformed.inconsistent,
        '"*" is all there is',
        '"*" alone, or a list without it',
      );
  }
  allowOrigins.forEach((origin, index) => {
    const here = [...at, 'allowOrigins', index];
    if (typeof origin === 'string') checkOrigin(origin, here, findings);
    else if (origin.type === 'RegularExpression') findings.regex(origin.value, [...here, 'value']);
    else if (origin.type === 'Exact') checkOrigin(origin.value.replaceAll('*', 'x'), [...here, 'value'], findings);
  });
}

function checkOrigin(origin: string, at: Path, findings: Findings): void {
  if (origin.includes('*') && !/^(?:\*|[a-z][a-z0-9+.-]*:\/\/\*(?:\.[^*/]+)?(?::\d+)?)$/i.test(origin)) {
    const expected = 'https://*.example.com for any number of labels, or * for every origin';
    findings.add(at, malformed.badValue, 'a star stands for the first labels of a host', expected);
  } else if (/:\/\/[^/]*\//.test(origin)) {
    const expected = origin.slice(0, origin.indexOf('/', origin.indexOf('://') + 3));
    findings.add(at, malformed.badValue, 'an origin has no path and no slash at its end', expected);
  }
}
