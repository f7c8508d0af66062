/** A condition of a rule: what a call says under a key, held against values that one of must fit and values that none may fit. */

import { type TextTest, textMatcher } from '../matching/text-match.ts';
import type { PrincipalNames } from '../principals/principal-match.ts';
import { claimAt } from '../tokens/claim.ts';
import { portOf } from '../urls/host.ts';
import { type ConditionKey, conditionKey } from './condition-key.ts';
import type { AccessFacts, AccessTest } from './facts.ts';
import { sourceMatchers } from './source-match.ts';

type Values = readonly string[];

export interface ConditionTerms {
  readonly key: string;
  readonly values?: Values;
  readonly notValues?: Values;
}

/**
 * Compiles a condition; `wide` as in operation.ts. What no RPC call can say (a port, a header that its journey does not carry) makes
 * a condition hold for a wide rule and fail for an allow rule. So does a key that is none, which every door refuses.
 */
export function conditionTest(
  { key, values, notValues }: ConditionTerms,
  names: PrincipalNames,
  wide: boolean,
): AccessTest {
  const known = conditionKey(key);
  if (known === undefined) return () => wide;
  const fits = values && valueMatcher(known, values, names, wide);
  const excludes = notValues && valueMatcher(known, notValues, names, !wide);
  const unsaid = unsaidByRpc(known);
  return (facts) =>
    facts.kind === 'rpc' && unsaid(facts) ? wide : (fits?.(facts) ?? true) && !(excludes?.(facts) ?? false);
}

function unsaidByRpc(key: ConditionKey): AccessTest {
  if (key.kind === 'header') return ({ header }) => header(key.name) === null;
  return () => key.kind === 'destination.port';
}

/** `severe`: a match makes the rule refuse more, so that of a header one line suffices. */
function valueMatcher(key: ConditionKey, values: Values, names: PrincipalNames, severe: boolean): AccessTest {
  switch (key.kind) {
    case 'header':
      return headerMatcher(key.name, values, severe);
    case 'claim':
      return claimMatcher(key.path, values);
    case 'request.auth.audiences':
      return claimMatcher(['aud'], values);
    case 'request.auth.presenter':
      return claimMatcher(['azp'], values);
    case 'destination.port':
      return ({ url }) => values.includes(portOf(url));
    default:
      return sourceMatchers[asked[key.kind]](values, names);
  }
}

/** Which question about the caller a key asks. */
const asked = {
  'request.auth.principal': 'requestPrincipals',
  'source.ip': 'ipBlocks',
  'source.principal': 'principals',
  'source.service': 'services',
  'source.namespace': 'namespaces',
  'source.serviceAccount': 'serviceAccounts',
  'source.trustDomain': 'trustDomains',
  'source.version': 'versions',
  'remote.ip': 'remoteIpBlocks',
} as const satisfies Record<string, keyof typeof sourceMatchers>;

/**
 * Lines of the same name are one text, joined: that of an allow rule must fit as a whole. Of what a rule refuses one line suffices, or a client
 * would pass by sending two (CVE-2026-26308). Here `*` asks only whether the header is there.
 */
function headerMatcher(name: string, values: Values, severe: boolean): AccessTest {
  const present = values.includes('*');
  const fits = textMatcher(values);
  const aLine = severe ? lineForm(values) : undefined;
  return ({ header }) => {
    const value = header(name);
    if (value === null) return false;
    return present || fits(value) || aLine?.test(value) === true;
  };
}

/** Finds a line that fits, in one walk: a client may send as many commas as a header holds, and each rule would cut it to pieces. */
function lineForm(values: Values): RegExp {
  const forms = values.map((value) => {
    const begins = !value.startsWith('*');
    const ends = !begins || !value.endsWith('*');
    const text = value.slice(begins ? 0 : 1, ends ? undefined : -1).replace(/\W/g, '\\$&');
    // The text comes first, since it is rarer than a comma.
    return `${text}${begins ? `(?<=(^|,)\\s*${text})` : ''}${ends ? '\\s*(,|$)' : ''}`;
  });
  return new RegExp(forms.join('|'));
}

/** Of a list, one item must fit. Numbers and booleans are compared as text; an object is no value. */
function claimMatcher(path: Values, values: Values): AccessTest {
  const fits = textMatcher(values);
  return ({ claims }: AccessFacts) => {
    const value = claims === null ? undefined : claimAt(claims, path);
    return Array.isArray(value) ? value.some((item: unknown) => fitsText(item, fits)) : fitsText(value, fits);
  };
}

function fitsText(value: unknown, fits: TextTest): boolean {
  if (typeof value === 'string') return fits(value);
  return (typeof value === 'number' || typeof value === 'boolean') && fits(String(value));
}
