/** A rule of an HTTPRoute: what is done with its calls, and which they are. */
import type { Backend, Match, Route } from '../documents/document-types.ts';
import { givenName, lossesOf, type RouteBody } from '../documents/draft.ts';
import type { Located } from '../manifests/located.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { madeFrom } from '../manifests/origin.ts';
import type { References } from './backend-refs.ts';
import { convertFilters } from './filters.ts';
import { convertMatch } from './matches.ts';

export interface Rule {
  readonly body: RouteBody;
  /** One at least. */
  readonly matches: readonly Match[];
}

const ruleFields = ['name', 'matches', 'filters', 'backendRefs', 'timeouts', 'retry', 'sessionPersistence'];

/** Rules of an HTTPRoute; one without rules has a rule for every call, and nothing that answers. */
export function convertRules(route: Manifest, references: References): Rule[] {
  const { spec } = route;
  const rules = spec.get('rules');
  if (!rules.present || rules.items().length === 0) {
    rules.unresolved('the route has no rules, so its calls get a 500');
    return [{ body: { name: givenName(route.name), origin: spec, comments: [] }, matches: [{}] }];
  }
  const items = rules.items();
  return items.flatMap((item, index) => {
    const fallback = items.length === 1 ? route.name : `${route.name}.${index}`;
    const rule = convertRule(item, givenName(item.get('name').text() || fallback), references);
    return rule === undefined ? [] : [rule];
  });
}

function convertRule(item: Located, name: string, references: References): Rule | undefined {
  const { value, found } = item.report.during(() => {
    item.only(ruleFields);
    const listed = item.get('matches').items();
    const matches = listed.flatMap((match) => convertMatch(match) ?? []);
    return { matches: listed.length === 0 ? [{}] : matches, ...answerOf(item, references) };
  });
  const { matches, ...parts } = value;
  // All of its matches are lost: without conditions the rule would take every call.
  if (matches.length === 0) return undefined;
  return { body: { name, ...parts, origin: item, comments: lossesOf(found) }, matches };
}

type Answer = Omit<RouteBody, 'name' | 'origin' | 'comments'>;

function answerOf(item: Located, references: References): Answer {
  const filters = convertFilters(item.get('filters'), references);
  // A filter that cannot be had must not be skipped: without backends the calls get a 500.
  if (filters === undefined) return {};
  const backends = convertBackends(item.get('backendRefs'), references);
  const timeouts = timeoutsOf(item.get('timeouts'));
  const retry = retryOf(item.get('retry'));
  const sessionPersistence = sessionOf(item.get('sessionPersistence'));
  if (filters.some(({ type }) => type === 'RequestRedirect') && item.get('backendRefs').items().length > 0)
    item.get('backendRefs').refuse('a rule that redirects has no backends', 'a redirect or backendRefs');
  return {
    ...(filters.length === 0 ? {} : { filters }),
    ...(backends.length === 0 ? {} : { backends }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(retry === undefined ? {} : { retry }),
    ...(sessionPersistence === undefined ? {} : { sessionPersistence }),
  };
}

/** None at all where no reference is valid: the whole rule then answers 500. */
function convertBackends(list: Located, references: References): Backend[] {
  let anyValid = false;
  const backends = list.items().map((item): Backend => {
    item.only(['group', 'kind', 'name', 'namespace', 'port', 'weight', 'filters']);
    const { target, valid } = references.resolve(item);
    const weight = item.get('weight').number();
    const filters = convertFilters(item.get('filters'), references);
    const share = weight === undefined ? {} : { weight };
    if (filters === undefined) return { ...references.broken(item), ...share };
    anyValid ||= valid;
    return madeFrom(item, { ...target, ...share, ...(filters.length === 0 ? {} : { filters }) });
  });
  return anyValid ? backends : [];
}

function timeoutsOf(field: Located): Route['timeouts'] {
  if (!field.present) return undefined;
  field.only(['request', 'backendRequest']);
  const request = field.get('request').text();
  const backendRequest = field.get('backendRequest').text();
  return {
    ...(request === undefined ? {} : { request }),
    ...(backendRequest === undefined ? {} : { backendRequest }),
  };
}

/** Retries of a stanza that does not say how many; the standard leaves it open. */
const defaultAttempts = 2;
/** The mesh's bound. */
const maxAttempts = 10;

/**
 * The Gateway API limits neither the share of retries nor the methods that are retried. The mesh does so by default, so that what the
 * standard says is written out.
 */
function retryOf(field: Located): Route['retry'] {
  if (!field.present) return undefined;
  field.only(['codes', 'attempts', 'backoff']);
  const attempts = field.get('attempts').number() ?? defaultAttempts;
  if (attempts > maxAttempts) field.get('attempts').refuse(`a call is retried ${maxAttempts} times at most`);
  const codes = field
    .get('codes')
    .items()
    .flatMap((code) => code.number() ?? []);
  const backoff = field.get('backoff').text();
  return {
    attempts: Math.min(attempts, maxAttempts),
    ...(codes.length === 0 ? {} : { codes }),
    ...(backoff === undefined ? {} : { backoff }),
    ...unboundedRetries,
  };
}

/** Retries as other meshes do them: any method, whatever share of the calls, bodies as long as the mesh can keep. */
export const unboundedRetries = {
  budget: { percent: 100, burst: 1000 },
  methods: ['POST', 'PATCH'],
  bodyLimit: '1MiB',
} satisfies Partial<Route['retry']>;

function sessionOf(field: Located): Route['sessionPersistence'] {
  if (!field.present) return undefined;
  field.only(['sessionName', 'absoluteTimeout', 'idleTimeout', 'type', 'cookieConfig']);
  const cookie = field.get('cookieConfig').only(['lifetimeType']);
  const type = field.get('type').word(['Cookie', 'Header']);
  const lifetimeType = cookie.get('lifetimeType').word(['Session', 'Permanent']);
  const sessionName = field.get('sessionName').text();
  const absoluteTimeout = field.get('absoluteTimeout').text();
  const idleTimeout = field.get('idleTimeout').text();
  return {
    ...(sessionName === undefined ? {} : { sessionName }),
    ...(type === undefined ? {} : { type }),
    ...(absoluteTimeout === undefined ? {} : { absoluteTimeout }),
    ...(idleTimeout === undefined ? {} : { idleTimeout }),
    ...(lifetimeType === undefined ? {} : { cookieConfig: { lifetimeType } }),
  };
}
