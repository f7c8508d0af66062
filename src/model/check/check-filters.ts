/** The rules of filters that span fields: what a filter may stand beside, and what its values may be where it stands. */

import { hasBody } from '../../core/errors/error-reply.ts';
import { substitutionFault } from '../../core/regex/linear-regex.ts';
import { canonicalTarget, type Normalization } from '../../core/urls/canonical-path.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import { type Findings, type Path, repeated } from '../findings/findings.ts';
import type { DocumentRoute } from '../schema/route.ts';

type Filter = NonNullable<DocumentRoute['filters']>[number];
type PathModifier = NonNullable<NonNullable<Filter['urlRewrite']>['path']>;
type Cors = NonNullable<Filter['cors']>;

/** Where filters stand, and what their rules ask about that place. */
interface Place {
  readonly on: 'route' | 'backend';
  readonly at: Path;
  readonly route: DocumentRoute;
  readonly versions: readonly string[];
  readonly normalization: Normalization;
  readonly findings: Findings;
}

/** Checks the filters of a route and of its backends. */
export function checkFilters(
  route: DocumentRoute,
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
    findings.fault([...at, index, 'type'], 'sameFilter');
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
    findings.fault(here, 'answersBeside', answer.type, other.type);
  }
  if (on === 'route' && route.backends !== undefined && route.backends.length > 0) {
    findings.fault(here, 'answersAll', answer.type);
  }
}

function checkFilter(filter: Filter, place: Place): void {
  const { at, on, findings, versions } = place;
  for (const field of ['requestHeaderModifier', 'responseHeaderModifier'] as const) checkHeaders(filter, field, place);
  const { requestRedirect, urlRewrite, requestMirror, cors, directResponse, faultInjection } = filter;
  if (on === 'backend' && (cors !== undefined || faultInjection !== undefined)) {
    findings.fault([...at, 'type'], 'beforePick', filter.type, cors === undefined ? 'fault' : '');
  }
  checkModifier(requestRedirect?.path, [...at, 'requestRedirect', 'path'], true, place);
  checkModifier(urlRewrite?.path, [...at, 'urlRewrite', 'path'], false, place);
  if (requestMirror?.version !== undefined)
    findings.version(requestMirror.version, versions, [...at, 'requestMirror', 'version']);
  if (cors !== undefined) checkCors(cors, [...at, 'cors'], findings);
  if (directResponse?.body && !hasBody(directResponse.status)) {
    findings.fault([...at, 'directResponse', 'body'], 'noBody', String(directResponse.status));
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
      findings.fault([...here, index], 'sameHeader', names[index] ?? '');
    }
    names.forEach((name, index) => {
      const why = unchangeableHeader(name, field === 'requestHeaderModifier');
      const key = action === 'remove' ? [] : ['name'];
      if (why !== undefined) findings.fault([...here, index, ...key], 'unchangeable', name, why);
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
    findings.fault(at, 'queryInPath');
    return;
  }
  const path = queryAt < 0 ? text : text.slice(0, queryAt);
  if (path === '') return;
  const target = canonicalTarget(`http://host${path}`, normalization);
  if (!target.ok) findings.fault(at, 'told', target.detail);
  else if (target.path !== path) findings.fault(at, 'rawPath', target.path);
  // The Gateway API has no empty segments in paths, and a replaced prefix would put one before whatever follows.
  else if (path.includes('//')) {
    findings.fault(at, 'emptySegment', path);
  }
}

function checkPrefixMatches(at: Path, { route, findings }: Place): void {
  const other = route.matches?.find(({ path }) => path?.type !== undefined && path.type !== 'PathPrefix');
  if (other === undefined) return;
  findings.fault([...at, 'type'], 'noPrefix', String(other.path?.type));
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
    const [name, group] = fault;
    findings.fault(here, name, String(group), String(groups));
    return;
  }
  // With letters for what the groups will match, so that what is wrong in any case is known now.
  const example = `/${substitution.replace(/\\[0-9]/g, 'x').replace(/\\\\/g, '\\')}`;
  const target = canonicalTarget(`http://host${example}`, normalization);
  if (!target.ok || target.path !== example) {
    findings.fault(here, 'rawSubstitution');
  }
}

function checkCors(cors: Cors, at: Path, findings: Findings): void {
  const { allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [] } = cors;
  const lists = { allowOrigins, allowMethods, allowHeaders, exposeHeaders };
  for (const [field, values] of Object.entries(lists)) {
    const index = values.indexOf('*');
    if (index >= 0 && values.length > 1) findings.fault([...at, field, index], 'starBeside');
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
    findings.fault(at, 'starInOrigin');
  } else if (/:\/\/[^/]*\//.test(origin)) {
    findings.fault(at, 'originPath', origin);
  }
}
