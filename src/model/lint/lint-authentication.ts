/** What is doubtful about how end users prove who they are, and about rules that ask for them. */
import type { PathKey } from '../findings/issue.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { entriesOf } from './access-section.ts';
import { lintCode, type Warn } from './lint-code.ts';

type JwtRule = NonNullable<NonNullable<ServiceDocument['authentication']>['jwt']>[number];
type AccessRule = NonNullable<NonNullable<ServiceDocument['access']>['rules']>[number];
type Path = readonly PathKey[];

/** Findings about the issuers that the mesh document names for all services. */
export function lintMeshIssuers(mesh: MeshDocument | undefined, warn: Warn): void {
  lintAudiences(mesh?.defaults?.authentication?.jwt ?? [], ['defaults', 'authentication', 'jwt'], warn);
}

/** Findings about a service's issuers, and about what in it is there for end users. */
export function lintAuthentication(document: ServiceDocument, mesh: MeshDocument | undefined, warn: Warn): void {
  const { access = {}, authentication = {} } = document;
  const own = authentication.jwt ?? [];
  lintAudiences(own, ['authentication', 'jwt'], warn);
  const inherited = authentication.inherit === false ? [] : (mesh?.defaults?.authentication?.jwt ?? []);
  const issuers = [...own, ...inherited];
  if (issuers.length === 0) {
    for (const path of asksForUsers(document))
      warn(
        lintCode.noIssuer,
        path,
        'no issuer is named whose tokens say who the end user is, so this never holds',
        'a rule under authentication.jwt',
      );
    return;
  }
  lintUsers(document, issuers, warn);
  const meshRules = access.inherit === false ? [] : (mesh?.defaults?.access?.rules ?? []);
  const demanded = issuers.some(({ presence }) => presence === 'required') || access.mode === 'strict';
  if (!demanded && ![...(access.rules ?? []), ...meshRules].some((rule) => userPaths(rule, []).length > 0))
    warn(
      lintCode.tokenOptional,
      own.length > 0 ? ['authentication', 'jwt'] : ['authentication'],
      'a call without a token passes, as no access rule asks for an end user',
      'presence: required, or an access rule with requestPrincipals',
    );
}

/** Users that no issuer has: nobody who looks at the rule sees that it never holds. */
function lintUsers({ access = {} }: ServiceDocument, rules: readonly JwtRule[], warn: Warn): void {
  const issuers = rules.flatMap(({ issuer }) => (issuer === undefined ? [] : [issuer]));
  // A rule without an issuer takes tokens of any.
  if (issuers.length < rules.length) return;
  access.rules?.forEach((rule, index) => {
    for (const [names, at] of usersIn(rule, ['access', 'rules', index])) {
      names.forEach((name, position) => {
        if (issuers.some((issuer) => mayBeOf(name, issuer))) return;
        warn(
          lintCode.noIssuer,
          [...at, position],
          `${name} is a user of none of the issuers whose tokens are looked at, so this never holds`,
          `ISSUER/SUBJECT with ${issuers.join(' or ')}`,
        );
      });
    }
  });
}

/** Patterns are split at their last `/`, as issuer and subject. */
function mayBeOf(pattern: string, issuer: string): boolean {
  const asked = pattern.slice(0, Math.max(0, pattern.lastIndexOf('/')));
  return pattern === '*' || asked.includes('*') || asked === issuer;
}

function usersIn({ from, when = [] }: AccessRule, at: Path): (readonly [names: readonly string[], at: Path])[] {
  return [
    ...entriesOf(from, [...at, 'from']).map(
      ([{ requestPrincipals = [] }, here]) => [requestPrincipals, [...here, 'requestPrincipals']] as const,
    ),
    ...when.map(
      ({ key, values = [] }, index) =>
        [key === 'request.auth.principal' ? values : [], [...at, 'when', index, 'values']] as const,
    ),
  ];
}

function lintAudiences(rules: readonly JwtRule[], at: Path, warn: Warn): void {
  rules.forEach(({ audiences }, index) => {
    if (audiences === undefined)
      warn(
        lintCode.anyAudience,
        [...at, index],
        'tokens that the issuer made for others are taken here too',
        'audiences with the name by which the issuer knows this service',
      );
  });
}

/** Where a document asks who the end user is, or for a claim of his. */
function asksForUsers({ routes = [], access }: ServiceDocument): readonly Path[] {
  const matches = routes.flatMap((route, index) =>
    (route.matches ?? []).flatMap(({ claims }, position): Path[] =>
      claims === undefined ? [] : [['routes', index, 'matches', position, 'claims']],
    ),
  );
  const rules = (access?.rules ?? []).flatMap((rule, index) => userPaths(rule, ['access', 'rules', index]));
  return [...matches, ...rules];
}

function userPaths({ from = [], when = [] }: AccessRule, at: Path): readonly Path[] {
  const several = Array.isArray(from);
  const sources = [from].flat().flatMap((source, index) =>
    (['requestPrincipals', 'notRequestPrincipals'] as const).flatMap((field): Path[] => {
      return source[field] === undefined ? [] : [[...at, 'from', ...(several ? [index] : []), field]];
    }),
  );
  const conditions = when.flatMap(({ key }, index): Path[] =>
    key.startsWith('request.auth.') ? [[...at, 'when', index]] : [],
  );
  return [...sources, ...conditions];
}
