/**
 * Who may call, decided: a deny that matches wins; where allow rules exist, a call that matches none of them is denied.
 *
 * A rule matches when one of its `from` entries and one of its `to` entries hold. Within an entry all fields must hold, within
 * a field one value. What an entry says about the other protocol follows Istio's rule for HTTP fields and TCP traffic:
 * - an allow entry with fields of one protocol never matches a call of the other;
 * - a deny entry with HTTP fields only (methods, paths, hosts) ignores them for an RPC call, so it denies wider: nobody can show
 *   that the RPC method does not reach what the rule protects. Whoever wants RPC calls let through names `rpc` in the entry;
 * - a deny entry with `rpc` only leaves fetch alone: the names of RPC methods say nothing about paths;
 * - an entry with both is read for each protocol by that protocol's fields.
 *
 * Who reads a property gets the object itself, and calls its methods without asking an edge again. So a deny entry for `users.delete` also denies
 * the read of `users`; calls of `users.list` by its path pass.
 */

/** What a decision looks at; every call has it. */
export interface AccessFacts {
  readonly kind: 'fetch' | 'rpc';
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly principal: string | null;
  readonly requestPrincipal?: string | null;
  /** Of an RPC call; undefined for the read of a property. */
  readonly args?: readonly unknown[] | undefined;
}

export interface AccessTarget {
  readonly methods?: ReadonlySet<string>;
  readonly paths?: readonly ((path: string) => boolean)[];
  readonly hosts?: readonly ((host: string) => boolean)[];
  readonly rpc?: readonly ((method: string) => boolean)[];
  /** Whether `rpc` speaks of names below one. */
  readonly rpcBelow?: readonly ((method: string) => boolean)[];
}

export interface AccessRule {
  readonly name: string;
  readonly action: 'allow' | 'deny';
  /** Undefined for everybody. */
  readonly from?: readonly ((principal: string | null) => boolean)[];
  /** Undefined for everything. */
  readonly to?: readonly AccessTarget[];
}

export type AccessDecision =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: 'deny-rule' | 'no-allow-rule' | 'strict' };

/** Compiles rules to a decision. `strict` refuses calls of which neither caller nor end user is known, before any rule is read. */
export function accessDecision(rules: readonly AccessRule[], strict: boolean): (facts: AccessFacts) => AccessDecision {
  const denies = rules.filter((rule) => rule.action === 'deny').map(compiled);
  const allows = rules.filter((rule) => rule.action === 'allow').map(compiled);
  const open: AccessDecision = { allowed: true, rule: '' };
  const closed: AccessDecision = { allowed: false, rule: '', reason: 'no-allow-rule' };
  const anonymous: AccessDecision = { allowed: false, rule: '', reason: 'strict' };
  return (facts) => {
    if (strict && (facts.principal ?? facts.requestPrincipal ?? null) === null) return anonymous;
    for (const deny of denies) {
      if (matches(deny.rule, facts)) return deny.decision;
    }
    if (allows.length === 0) return open;
    for (const allow of allows) {
      if (matches(allow.rule, facts)) return allow.decision;
    }
    return closed;
  };
}

/** The decision of a rule is made once, not for each call. */
function compiled(rule: AccessRule): { readonly rule: AccessRule; readonly decision: AccessDecision } {
  const decision: AccessDecision =
    rule.action === 'allow'
      ? { allowed: true, rule: rule.name }
      : { allowed: false, rule: rule.name, reason: 'deny-rule' };
  return { rule, decision };
}

function matches(rule: AccessRule, facts: AccessFacts): boolean {
  const { from, to, action } = rule;
  if (from !== undefined && !from.some((entry) => entry(facts.principal))) return false;
  if (to === undefined) return true;
  return to.some((entry) => (facts.kind === 'fetch' ? fetchTarget(entry, facts) : rpcTarget(entry, action, facts)));
}

function fetchTarget({ methods, paths, hosts, rpc }: AccessTarget, facts: AccessFacts): boolean {
  if (methods === undefined && paths === undefined && hosts === undefined && rpc !== undefined) return false;
  if (methods !== undefined && !methods.has(facts.method) && !methods.has('*')) return false;
  if (paths !== undefined && !paths.some((path) => path(facts.path))) return false;
  return hosts === undefined || hosts.some((host) => host(facts.host));
}

function rpcTarget({ rpc, rpcBelow = [] }: AccessTarget, action: 'allow' | 'deny', facts: AccessFacts): boolean {
  const { method, args } = facts;
  if (rpc === undefined) return action === 'deny';
  if (rpc.some((name) => name(method))) return true;
  return action === 'deny' && args === undefined && rpcBelow.some((below) => below(method));
}
