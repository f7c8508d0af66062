/** Access rules as their text says, one sentence after the other, with no thought for speed. */
import type { ConditionTerms } from '../../../src/core/access/condition.ts';
import type { AccessRule, AccessTerms } from '../../../src/core/access/decide.ts';
import type { AccessFacts } from '../../../src/core/access/facts.ts';
import type { OperationTerms } from '../../../src/core/access/operation.ts';
import type { SourceTerms } from '../../../src/core/access/source.ts';
import type { PrincipalNames } from '../../../src/core/principals/principal-match.ts';

type Values = readonly (string | number)[] | undefined;

/** `*` in a pattern as any text, by a regular expression. */
function fits(pattern: string, text: string): boolean {
  const quoted = (part: string) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  if (pattern === '*') return text !== '';
  if (pattern.startsWith('*')) return new RegExp(`^.*${quoted(pattern.slice(1))}$`).test(text);
  if (pattern.endsWith('*')) return new RegExp(`^${quoted(pattern.slice(0, -1))}.*$`).test(text);
  return pattern === text;
}

function serviceOf({ principal }: AccessFacts, { trustDomains }: PrincipalNames): string | undefined {
  const home = trustDomains.map((domain) => `spiffe://${domain}/svc/`).find((start) => principal?.startsWith(start));
  return home === undefined ? undefined : principal?.slice(home.length);
}

function isCaller(pattern: string, facts: AccessFacts, names: PrincipalNames): boolean {
  const service = serviceOf(facts, names);
  if (facts.principal === null) return false;
  if (pattern === 'declared') return service !== undefined && names.declared.includes(service);
  if (pattern === '*') return true;
  return pattern.includes('/') ? fits(pattern, facts.principal) : service !== undefined && fits(pattern, service);
}

function inBlock(block: string, address: string): boolean {
  if (block === '::/0') return address.includes(':');
  return block === '10.0.0.0/8' ? address.startsWith('10.') : block === address;
}

function isUser(pattern: string, { requestPrincipal }: AccessFacts): boolean {
  const [issuer, subject] = pattern === '*' ? ['*', '*'] : ['https://i', pattern.slice('https://i/'.length)];
  return (
    requestPrincipal !== null && fits(issuer, 'https://i') && fits(subject, requestPrincipal.slice('https://i/'.length))
  );
}

/** A field holds where one of its values does, a not-field where none does; one that is not there always. */
function pair(values: Values, none: Values, holds: (value: string, avoided: boolean) => boolean): boolean {
  const any = (list: Values, avoided: boolean) => (list ?? []).some((value) => holds(String(value), avoided));
  return (values === undefined || any(values, false)) && (none === undefined || !any(none, true));
}

function sourceHolds(entry: SourceTerms, facts: AccessFacts, names: PrincipalNames): boolean {
  const service = serviceOf(facts, names);
  const version = facts.caller === undefined ? undefined : /^orders:(.*)$/.exec(facts.journey)?.[1];
  const place = facts.geo();
  return (
    pair(entry.principals, entry.notPrincipals, (value) => isCaller(value, facts, names)) &&
    pair(entry.services, entry.notServices, (value) => service !== undefined && fits(value, service)) &&
    pair(entry.versions, entry.notVersions, (value) => value === version) &&
    pair(entry.ipBlocks, entry.notIpBlocks, (value) => inBlock(value, facts.peerAddress())) &&
    pair(entry.requestPrincipals, entry.notRequestPrincipals, (value) => isUser(value, facts)) &&
    pair(entry.geo?.continents, entry.notGeo?.continents, (value) => value === place?.continent) &&
    pair(entry.geo?.countries, entry.notGeo?.countries, (value) => value === place?.country)
  );
}

const httpFields = ['methods', 'notMethods', 'paths', 'notPaths', 'hosts', 'notHosts', 'ports', 'notPorts'] as const;

function pathFits(pattern: string, path: string): boolean {
  if (pattern === '/{*}/b') return /^\/[^/]+\/b$/.test(path);
  return pattern === '/{**}' || fits(pattern, path);
}

function operationHolds(entry: OperationTerms, facts: AccessFacts, wide: boolean): boolean {
  const speaksRpc = entry.rpc !== undefined || entry.notRpc !== undefined;
  const speaksHttp = httpFields.some((field) => entry[field] !== undefined);
  if (facts.kind === 'fetch') {
    if (speaksRpc && !speaksHttp) return false;
    const port = facts.url.includes(':8080') ? '8080' : '80';
    return (
      pair(entry.methods, entry.notMethods, (value) => fits(value, facts.method)) &&
      pair(entry.paths, entry.notPaths, (value) => pathFits(value, facts.path)) &&
      pair(entry.hosts, entry.notHosts, (value) => fits(value.toLowerCase(), facts.host)) &&
      pair(entry.ports, entry.notPorts, (value) => value === port)
    );
  }
  if (!speaksRpc) return wide;
  const { method, args } = facts;
  const below = (value: string) => args === undefined && value.startsWith(`${method}.`);
  const named = (value: string) => fits(value, method);
  return (
    (entry.rpc === undefined || entry.rpc.some((value) => named(value) || (wide && below(value)))) &&
    !(entry.notRpc ?? []).some((value) => named(value) || (!wide && below(value)))
  );
}

function conditionHolds({ key, values, notValues }: ConditionTerms, facts: AccessFacts, wide: boolean): boolean {
  const header = facts.header('x-a');
  if (facts.kind === 'rpc' && (key === 'destination.port' || (key === 'request.headers[x-a]' && header === null)))
    return wide;
  return pair(values, notValues, (value, avoided) => {
    switch (key) {
      case 'request.headers[x-a]': {
        // What refuses looks at each line, what allows at the whole.
        const lines = wide !== avoided ? (header?.split(',') ?? []) : [];
        return header !== null && [header, ...lines.map((line) => line.trim())].some((line) => fits(value, line));
      }
      case 'source.ip':
        return inBlock(value, facts.peerAddress());
      case 'destination.port':
        return value === (facts.url.includes(':8080') ? '8080' : '80');
      default:
        return [facts.claims?.g ?? []].flat().some((item) => fits(value, String(item)));
    }
  });
}

function isThere({ during }: AccessRule, nowMs: number): boolean {
  return (during ?? [{}]).some(({ hours, from }) => {
    const noon = nowMs === 43_200_000;
    return (hours === undefined || noon) && (from === undefined || noon);
  });
}

/** Whether a rule is about a call. */
export function naiveMatches(rule: AccessRule, facts: AccessFacts, names: PrincipalNames, nowMs: number): boolean {
  const wide = rule.action !== 'allow';
  return (
    (rule.from === undefined || rule.from.some((entry) => sourceHolds(entry, facts, names))) &&
    (rule.to === undefined || rule.to.some((entry) => operationHolds(entry, facts, wide))) &&
    (rule.when ?? []).every((condition) => conditionHolds(condition, facts, wide)) &&
    isThere(rule, nowMs)
  );
}

function decided(rules: readonly AccessRule[], terms: AccessTerms, facts: AccessFacts, nowMs: number) {
  const first = (action: string) =>
    rules.find((rule) => rule.action === action && naiveMatches(rule, facts, terms, nowMs))?.name;
  const deny = first('deny');
  if (deny !== undefined) return { allowed: false, rule: deny, reason: 'deny-rule' };
  const allow = first('allow');
  if (allow !== undefined) return { allowed: true, rule: allow };
  if (terms.closed || rules.some(({ action }) => action === 'allow'))
    return { allowed: false, rule: '', reason: 'no-allow-rule' };
  return { allowed: true, rule: '' };
}

/** The whole verdict, for allow and deny rules. */
export function naiveVerdict(terms: AccessTerms, facts: AccessFacts, nowMs: number): object {
  if (terms.strict && facts.principal === null && facts.requestPrincipal === null)
    return { allowed: false, rule: '', reason: 'strict' };
  const counting = terms.rules.filter(({ dryRun }) => dryRun !== true);
  const verdict = decided(counting, terms, facts, nowMs);
  if (counting.length === terms.rules.length) return verdict;
  const { allowed, rule } = decided(terms.rules, terms, facts, nowMs);
  return { ...verdict, shadow: { allowed, rule } };
}
