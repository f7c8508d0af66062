/** The access section as one decision. */
import { type AccessRule, type AccessTarget, accessDecision } from '../../core/access.ts';
import { belowPattern, hostPattern, namePattern } from '../../core/header-match.ts';
import { pathPattern } from '../../core/path-match.ts';
import { principalMatcher } from '../../core/principal-match.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { AccessVerdict, CallFacts } from '../snapshot.ts';

type DocumentAccess = NonNullable<ServiceDocument['access']>;
type DocumentRule = NonNullable<DocumentAccess['rules']>[number];
type One<T> = T extends readonly (infer TItem)[] ? TItem : T;
type DocumentFrom = One<NonNullable<DocumentRule['from']>>;
type DocumentTarget = One<NonNullable<DocumentRule['to']>>;

/** Compiles the access section; `undefined` where there is none. */
export function compileAccess(
  access: DocumentAccess | undefined,
  trustDomain: string,
  declared: readonly string[],
): ((facts: CallFacts) => AccessVerdict) | undefined {
  if (access === undefined) return undefined;
  const rules = (access.rules ?? []).map(
    (rule, index): AccessRule => ({
      name: rule.name ?? `rules[${index}]`,
      action: rule.action === 'allow' ? 'allow' : 'deny',
      ...(rule.from === undefined
        ? {}
        : { from: [rule.from].flat().map((entry) => compileFrom(entry, trustDomain, declared)) }),
      ...(rule.to === undefined ? {} : { to: [rule.to].flat().map(compileTarget) }),
    }),
  );
  return accessDecision(rules, access.mode === 'strict');
}

/** An entry with both fields holds where both do; `notPrincipals` alone also holds for anonymous callers. */
function compileFrom(
  { principals, notPrincipals }: DocumentFrom,
  trustDomain: string,
  declared: readonly string[],
): (principal: string | null) => boolean {
  const included = principals === undefined ? undefined : principalMatcher(principals, trustDomain, declared);
  const excluded = notPrincipals === undefined ? undefined : principalMatcher(notPrincipals, trustDomain, declared);
  return (principal) => (included?.(principal) ?? true) && !(excluded?.(principal) ?? false);
}

function compileTarget({ methods, paths, hosts, rpc }: DocumentTarget): AccessTarget {
  return {
    ...(methods === undefined ? {} : { methods: new Set(methods) }),
    ...(paths === undefined ? {} : { paths: paths.map(pathPattern) }),
    ...(hosts === undefined ? {} : { hosts: hosts.map(hostPattern) }),
    ...(rpc === undefined ? {} : { rpc: rpc.map(namePattern), rpcBelow: rpc.map(belowPattern) }),
  };
}
