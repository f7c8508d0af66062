/** Istio's own tables of matchers, where they are at hand: the shared conformance cases, which are data of others and no part of this repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bracketNames, conditionPort } from '../../../src/core/access/condition-key.ts';
import { sourceTest } from '../../../src/core/access/source.ts';
import { namespaceMatcher, serviceAccountMatcher } from '../../../src/core/access/workload-match.ts';
import { type TextTest, textPattern } from '../../../src/core/matching/text-match.ts';
import { inAllTrustDomains } from '../../../src/core/principals/principal-match.ts';
import { pathPattern, pathPatternFault } from '../../../src/core/urls/path-match.ts';
import { conformanceFolder } from '../../conformance/folder.ts';
import { endUser, fetchFacts, names } from './facts.ts';

const folder = join(conformanceFolder(undefined), 'istio');
const isAbsent = !existsSync(folder);
if (isAbsent) console.warn(`No conformance cases in ${folder}: Istio's tables of matchers are skipped, not passed.`);

/** A table that is not at hand has no rows. */
function table(path: string): Record<string, never> & Record<string, readonly Row[]> {
  return isAbsent ? {} : JSON.parse(readFileSync(join(folder, path), 'utf8'));
}

/** The members that any of the tables' rows has. */
type Row = Readonly<Record<string, never>> & {
  readonly name: string;
  readonly pattern: string;
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'present' | 'regex';
  readonly value: string;
  readonly manifests: readonly string[];
  readonly requests: readonly {
    readonly from?: { readonly spiffe: string };
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly expect: string;
  }[];
  readonly s: string;
  readonly want: string | readonly string[];
  readonly err?: boolean;
  readonly V: string;
  readonly Expect?: number;
  readonly trustDomain: string;
  readonly aliases: readonly string[];
  readonly principals: readonly string[];
  readonly expandsTo: readonly string[];
  readonly path: string;
};

const rowsOf = (path: string, list: string): readonly Row[] => table(path)[list] ?? [];
/** The one value in a manifest of a single policy. */
const valueIn = (manifest: string) => /\["([^"]*)"\]/.exec(manifest)?.[1] ?? '';

/** What Envoy's matcher of a kind says of a text. */
const envoy: Readonly<Record<Row['kind'], (value: string) => TextTest>> = {
  exact: (value) => (text) => text === value,
  prefix: (value) => (text) => text.startsWith(value),
  suffix: (value) => (text) => text.endsWith(value),
  present: () => () => true,
  regex: () => (text) => text !== '',
};

describe.skipIf(isAbsent)("Istio's tables", () => {
  const strings = 'authz/unit-string-matchers.json';
  const patterns = ['header', 'path'].flatMap((list) => rowsOf(strings, list));
  test.each(patterns)('the pattern $pattern is $kind $value', ({ pattern, kind, value }) => {
    const texts = [
      '/productpage',
      '/productpage*',
      '/x/productpage*',
      '/productpage/1',
      '/prefix',
      '/prefix/a',
      'a-suffix',
      'suffix',
    ];
    for (const text of texts) {
      expect(textPattern(pattern)(text)).toBe(envoy[kind](value)(text));
      expect(pathPattern(pattern)(text)).toBe(envoy[kind](value)(text));
    }
  });

  test.each(rowsOf('authz/unit-request-principal.json', 'suites'))(
    'end users by $manifests',
    ({ manifests, requests }) => {
      const holds = sourceTest({ requestPrincipals: [valueIn(manifests[0] ?? '')] }, names);
      expect(requests.length).toBeGreaterThan(0);
      for (const { claims = {}, expect: verdict } of requests)
        expect([claims, holds(fetchFacts(endUser(claims)))]).toEqual([claims, verdict === 'allow']);
    },
  );

  test.each([
    ...rowsOf('authz/unit-namespace-match.json', 'suites').map((row) => ({ ...row, matcher: namespaceMatcher })),
    ...rowsOf('authz/unit-service-account-identity.json', 'suites').map((row) => ({
      ...row,
      matcher: serviceAccountMatcher,
    })),
  ])('workloads by $manifests', ({ manifests, requests, matcher }) => {
    const holds = matcher([valueIn(manifests[0] ?? '')]);
    expect(requests.length).toBeGreaterThan(0);
    for (const { from, expect: verdict } of requests)
      expect([from, holds(from?.spiffe ?? '')]).toEqual([from, verdict === 'allow']);
  });

  const keys = 'authz/unit-claim-key-parsing.json';
  test.each(rowsOf(keys, 'extractNameInNestedBrackets'))('the names in $s', ({ s, want, err }) => {
    expect(bracketNames(s)).toEqual(err ? undefined : want);
  });
  test.each(rowsOf(keys, 'extractNameInBrackets'))('the name in $s', ({ s, want, err }) => {
    expect(bracketNames(s)?.join('][')).toEqual(err ? undefined : want);
  });
  test.each(rowsOf(keys, 'convertToPort'))('the port $V', ({ V, Expect }) => {
    expect(conditionPort(V)).toBe(Expect);
  });

  const scheme = (principal: string) => (/^[*/]/.test(principal) ? principal : `spiffe://${principal}`);
  test.each(rowsOf('authz/unit-trust-domain-aliases.json', 'replaceTrustDomainAliases'))(
    'trust domains: $name',
    ({ trustDomain, aliases, principals, expandsTo }) => {
      const found = principals.flatMap((one) => inAllTrustDomains(scheme(one), [trustDomain, ...aliases]));
      expect([...found].sort()).toEqual(expandsTo.map(scheme).sort());
    },
  );

  const invalid = table('authz-docs/path-template-invalid.json').invalidPaths as unknown as
    | readonly string[]
    | undefined;
  test.each(invalid ?? [])('the template %s is none', (template) => {
    expect(pathPatternFault(template)).toBeDefined();
  });
});
