/**
 * A rule taken apart into conditions, each with the test that the data path makes of it and in words. A rule matches where each of its parts
 * has an entry of which all conditions hold. So what decides a call and what explains it cannot differ.
 */
import type { CallFacts } from '../snapshot.ts';
import { type RuleScope, type RuleTest, ruleTest } from './rule-test.ts';
import { conditionWords, fieldWords, windowWords } from './rule-words.ts';
import type { AccessRuleDocument } from './rules-in-force.ts';

export interface RuleCondition {
  /** `principals`, `notPaths`, the key of a `when`, `during`, or `protocol` where the entry is about the other protocol. */
  readonly field: string;
  /** Whether the values are those that must not fit. */
  readonly negated: boolean;
  readonly values: readonly (string | number)[];
  readonly words: string;
  readonly holds: RuleTest;
}

export type RulePart = 'from' | 'to' | 'when' | 'during';

export interface ConditionedPart {
  readonly part: RulePart;
  /** One of them must hold. Each is for calls of the kind that was asked for. */
  readonly entries: readonly (readonly RuleCondition[])[];
}

export interface TakenApart {
  readonly fetch: readonly ConditionedPart[];
  readonly rpc: readonly ConditionedPart[];
}

type Kind = CallFacts['kind'];
type Entry = Readonly<Record<string, unknown>>;

/** The rule's conditions, in the order of the document. */
export function ruleConditions(rule: AccessRuleDocument, scope: RuleScope): TakenApart {
  const like = comparedAs(rule);
  const test = (part: Partial<AccessRuleDocument>): RuleTest => ruleTest({ action: like, ...part }, like, scope);
  const from = listOf(rule.from).map((entry) =>
    fieldsOf(entry).map(([field, value]) => condition(field, value, test({ from: { [field]: value } }))),
  );
  const when = (rule.when ?? []).flatMap(({ key, values, notValues }): RuleCondition[] => [
    ...(values === undefined ? [] : [keyed(key, values, false, test({ when: [{ key, values }] }))]),
    ...(notValues === undefined ? [] : [keyed(key, notValues, true, test({ when: [{ key, notValues }] }))]),
  ]);
  const during = listOf(rule.during).map((window): RuleCondition[] => [
    { field: 'during', negated: false, values: [], words: windowWords(window), holds: test({ during: window }) },
  ]);
  const parts = (kind: Kind): ConditionedPart[] =>
    [
      { part: 'from' as const, entries: from },
      { part: 'to' as const, entries: listOf(rule.to).map((entry) => targetConditions(entry, kind, test)) },
      { part: 'when' as const, entries: rule.when === undefined ? [] : [when] },
      { part: 'during' as const, entries: during },
    ].filter(({ entries }) => entries.length > 0);
  return { fetch: parts('fetch'), rpc: parts('rpc') };
}

/** An `allow` entry with fields of one protocol matches no call of the other; all else is read as wide as a `deny`. */
export function comparedAs({ action }: AccessRuleDocument): 'allow' | 'deny' {
  return action === 'allow' ? 'allow' : 'deny';
}

const rpcFields: ReadonlySet<string> = new Set(['rpc', 'notRpc']);

/** An entry is read for each protocol by that protocol's fields; where it has none of them, the rule's action says what that means. */
function targetConditions(entry: Entry, kind: Kind, test: (part: Partial<AccessRuleDocument>) => RuleTest) {
  const mine = fieldsOf(entry).filter(([field]) => rpcFields.has(field) === (kind === 'rpc'));
  if (mine.length > 0) {
    return mine.map(([field, value]) => condition(field, value, test({ to: { [field]: value } })));
  }
  const words = kind === 'rpc' ? 'a fetch' : 'an RPC call';
  return [{ field: 'protocol', negated: false, values: [], words, holds: test({ to: entry }) }];
}

function condition(field: string, value: unknown, holds: RuleTest): RuleCondition {
  const values = Array.isArray(value) ? value : [];
  return { field, negated: /^not[A-Z]/.test(field), values, words: fieldWords(field, value), holds };
}

function keyed(key: string, values: readonly string[], negated: boolean, holds: RuleTest): RuleCondition {
  return { field: key, negated, values, words: conditionWords(key, values, !negated), holds };
}

function listOf<T extends object>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function fieldsOf(entry: object): (readonly [field: string, value: unknown])[] {
  return Object.entries(entry).filter(([, value]) => value !== undefined);
}
