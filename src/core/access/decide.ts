/**
 * Who may call, decided: a deny that matches wins; where allow rules exist, a call that matches none of them is denied.
 *
 * A rule matches when one of its `from` entries, one of its `to` entries, all of its conditions and one of its time windows hold. Within
 * an entry all fields must hold, within a field one value, of a not-field none. What an entry says about the other protocol follows
 * Istio's rule for HTTP fields and TCP traffic:
 * - an allow entry with fields of one protocol never matches a call of the other;
 * - a deny entry with HTTP fields only (methods, paths, hosts, ports, and their not-fields) ignores them for an RPC call, so it denies
 *   wider: nobody can show that the RPC method does not reach what the rule protects. Whoever wants RPC calls let through names `rpc`
 *   in the entry;
 * - a deny entry with `rpc` or `notRpc` only leaves fetch alone: the names of RPC methods say nothing about paths;
 * - an entry with both is read for each protocol by that protocol's fields;
 * - conditions on ports, and on headers that the journey does not carry, say nothing about an RPC call: an allow rule with one never
 *   matches it, a deny rule ignores the condition;
 * - audit and custom rules are read as deny rules are: rather a call too many.
 *
 * What a call of either protocol has not (an address or a place inside the mesh, a token, a version of its caller) fits no value, for allow
 * and deny alike, so a not-field holds for it.
 *
 * Who reads a property gets the object itself, and calls its methods without asking an edge again. So a deny entry for `users.delete` also denies
 * the read of `users`, and an allow entry that leaves out `users.delete` does not allow it; calls of `users.list` by its path pass.
 */
import type { PrincipalNames } from '../principals/principal-match.ts';
import { type ConditionTerms, conditionTest } from './condition.ts';
import { type AccessFacts, type AccessTest, allOf, anyOf } from './facts.ts';
import { type OperationTerms, operationTest } from './operation.ts';
import { type SourceTerms, sourceTest } from './source.ts';
import { type TimeWindow, timeWindow } from './time-window.ts';

export interface AccessRule {
  readonly name: string;
  readonly action: 'allow' | 'deny' | 'audit' | 'custom';
  /** Of a custom rule: who decides. */
  readonly provider?: string;
  /** The rule decides nothing; the verdict says what it would have decided. */
  readonly dryRun?: boolean;
  /** Undefined for everybody. */
  readonly from?: readonly SourceTerms[];
  /** Undefined for everything. */
  readonly to?: readonly OperationTerms[];
  readonly when?: readonly ConditionTerms[];
  /** Undefined for always. */
  readonly during?: readonly TimeWindow[];
}

export interface AccessTerms extends PrincipalNames {
  readonly rules: readonly AccessRule[];
  /** Refuses whoever has proven neither who calls nor for which end user, before any rule is read. */
  readonly strict: boolean;
  /** Whether a call that no rule decides is denied even where there is no allow rule. */
  readonly closed: boolean;
}

type Decision =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: 'deny-rule' | 'no-allow-rule' | 'strict' };

/** What is decided, and by which rule; `rule` is `''` where it was none. Members that are absent had nothing to say. */
export type AccessVerdict = Decision & {
  /** The audit rules that match. */
  readonly audit?: readonly string[];
  /** Where there are dry-run rules: what would be decided if they counted. */
  readonly shadow?: { readonly allowed: boolean; readonly rule: string };
};

/** A question to an external authoriser, and the rule that asks it. */
export interface Asked {
  readonly provider: string;
  readonly rule: string;
}

type RuleTest = (facts: AccessFacts, nowMs: number) => boolean;
type Judge = (facts: AccessFacts, nowMs: number) => Decision;

const open: Decision = { allowed: true, rule: '' };
const closedToAll: Decision = { allowed: false, rule: '', reason: 'no-allow-rule' };
const anonymous: Decision = { allowed: false, rule: '', reason: 'strict' };
const nobodyAsked: readonly Asked[] = [];

/** Compiles rules to a decision; `nowMs` is the instant at which the call began. */
export function accessDecision(terms: AccessTerms): (facts: AccessFacts, nowMs: number) => AccessVerdict {
  const { rules, strict } = terms;
  const judge = judgeOf(
    rules.filter(({ dryRun }) => dryRun !== true),
    terms,
  );
  const shadowJudge = rules.some(({ dryRun }) => dryRun === true) ? judgeOf(rules, terms) : undefined;
  const audits = compiled(rules, 'audit', terms);
  const plain = shadowJudge === undefined && audits.length === 0;
  return (facts, nowMs) => {
    if (strict && isAnonymous(facts)) return anonymous;
    const decision = judge(facts, nowMs);
    if (plain) return decision;
    const seen = audits.filter(({ matches }) => matches(facts, nowMs)).map(({ rule }) => rule.name);
    const shadow = shadowJudge?.(facts, nowMs);
    return {
      ...decision,
      ...(seen.length === 0 ? {} : { audit: seen }),
      ...(shadow === undefined ? {} : { shadow: { allowed: shadow.allowed, rule: shadow.rule } }),
    };
  };
}

/**
 * Which external authorisers must allow a call, in the order of their names; undefined where no rule asks any. Whom strict mode refuses anyway
 * is asked about nowhere.
 */
export function askedProviders(
  terms: AccessTerms,
): ((facts: AccessFacts, nowMs: number) => readonly Asked[]) | undefined {
  const customs = compiled(terms.rules, 'custom', terms).map(({ rule: { provider = '', name }, matches }) => ({
    asked: { provider, rule: name },
    matches,
  }));
  if (customs.length === 0) return undefined;
  customs.sort((one, other) => (one.asked.provider < other.asked.provider ? -1 : 1));
  return (facts, nowMs) => {
    if (terms.strict && isAnonymous(facts)) return nobodyAsked;
    const found = customs.filter(({ matches }) => matches(facts, nowMs)).map(({ asked }) => asked);
    return found.filter(({ provider }, index) => provider !== found[index - 1]?.provider);
  };
}

function isAnonymous({ principal, requestPrincipal }: AccessFacts): boolean {
  return principal === null && requestPrincipal === null;
}

function judgeOf(rules: readonly AccessRule[], terms: AccessTerms): Judge {
  const denies = compiled(rules, 'deny', terms).map(({ rule: { name }, matches }) => ({
    matches,
    decision: { allowed: false, rule: name, reason: 'deny-rule' } as const,
  }));
  const allows = compiled(rules, 'allow', terms).map(({ rule: { name }, matches }) => ({
    matches,
    decision: { allowed: true, rule: name } as const,
  }));
  const otherwise = terms.closed || allows.length > 0 ? closedToAll : open;
  return (facts, nowMs) => {
    for (const { matches, decision } of denies) if (matches(facts, nowMs)) return decision;
    for (const { matches, decision } of allows) if (matches(facts, nowMs)) return decision;
    return otherwise;
  };
}

function compiled(rules: readonly AccessRule[], action: AccessRule['action'], names: PrincipalNames) {
  return rules.filter((rule) => rule.action === action).map((rule) => ({ rule, matches: ruleTest(rule, names) }));
}

function ruleTest({ action, from, to, when = [], during }: AccessRule, names: PrincipalNames): RuleTest {
  const wide = action !== 'allow';
  const tests: AccessTest[] = when.map((condition) => conditionTest(condition, names, wide));
  if (from !== undefined) tests.unshift(anyOf(from.map((entry) => sourceTest(entry, names))));
  if (to !== undefined) tests.unshift(anyOf(to.map((entry) => operationTest(entry, wide))));
  const holdsNow = allOf(tests);
  if (during === undefined) return holdsNow;
  const windows = during.map(timeWindow);
  return (facts, nowMs) => holdsNow(facts) && windows.some((holds) => holds(nowMs));
}
