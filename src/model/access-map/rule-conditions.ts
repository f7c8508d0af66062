/**
 * A rule taken apart into conditions, each with the test that the data path makes of it, and in words. A rule matches where each of its parts
 * has an entry of which all conditions hold. So what decides a call and what explains it cannot differ.
 */
import type { AccessRule } from '../../core/access/decide.ts';
import type { PrincipalNames } from '../../core/principals/principal-match.ts';
import type { CallFacts } from '../call-facts.ts';
import { type RuleTerms, type RuleTest, ruleTest } from './rule-test.ts';
import { conditionWords, fieldWords, isNegated, windowWords } from './rule-words.ts';

export interface RuleCondition {
  /** `principals`, `notPaths`, the key of a `when`, `during`, or `protocol` where the entry is about the other protocol. */
  readonly field: string;
  /** Whether the values are those that must not fit. */
  readonly negated: boolean;
  readonly values: readonly (string | number)[];
  readonly words: string;
  readonly holds: RuleTest;
}

export interface ConditionedPart {
  readonly part: 'from' | 'to' | 'when' | 'during';
  /** One of them must hold. */
  readonly entries: readonly (readonly RuleCondition[])[];
}

/** For calls of each protocol: an entry of `to` is read by the fields of that protocol alone. */
export interface TakenApart {
  readonly fetch: readonly ConditionedPart[];
  readonly rpc: readonly ConditionedPart[];
}

/** The rule's conditions, in the order of the document. */
export function ruleConditions(rule: AccessRule, names: PrincipalNames): TakenApart {
  const test: TestOf = (terms) => ruleTest(rule.action, terms, names);
  const from = (rule.from ?? []).map((entry) =>
    fieldsOf(entry).map(([field, value]) => condition(field, value, test({ from: [{ [field]: value }] }))),
  );
  const when = (rule.when ?? []).flatMap(({ key, values, notValues }) => [
    ...(values === undefined ? [] : [keyed(key, values, false, test({ when: [{ key, values }] }))]),
    ...(notValues === undefined ? [] : [keyed(key, notValues, true, test({ when: [{ key, notValues }] }))]),
  ]);
  const during = (rule.during ?? []).map((window): RuleCondition[] => [
    { field: 'during', negated: false, values: [], words: windowWords(window), holds: test({ during: [window] }) },
  ]);
  const parts = (protocol: CallFacts['kind']): ConditionedPart[] => {
    const to = (rule.to ?? []).map((entry) => targetConditions(entry, protocol, test));
    const all: ConditionedPart[] = [
      { part: 'from', entries: from },
      { part: 'to', entries: to },
      { part: 'when', entries: when.length === 0 ? [] : [when] },
      { part: 'during', entries: during },
    ];
    return all.filter(({ entries }) => entries.length > 0);
  };
  return { fetch: parts('fetch'), rpc: parts('rpc') };
}

type TestOf = (terms: RuleTerms) => RuleTest;

const rpcFields: ReadonlySet<string> = new Set(['rpc', 'notRpc']);

/** Where an entry has no field of the protocol, the rule's action says what that means. */
function targetConditions(entry: object, protocol: CallFacts['kind'], test: TestOf): readonly RuleCondition[] {
  const mine = fieldsOf(entry).filter(([field]) => rpcFields.has(field) === (protocol === 'rpc'));
  if (mine.length > 0) return mine.map(([field, value]) => condition(field, value, test({ to: [{ [field]: value }] })));
  const words = protocol === 'rpc' ? 'a fetch' : 'an RPC call';
  return [{ field: 'protocol', negated: false, values: [], words, holds: test({ to: [entry] }) }];
}

function condition(field: string, value: unknown, holds: RuleTest): RuleCondition {
  const values = Array.isArray(value) ? value : [];
  return { field, negated: isNegated(field), values, words: fieldWords(field, value), holds };
}

function keyed(key: string, values: readonly string[], negated: boolean, holds: RuleTest): RuleCondition {
  return { field: key, negated, values, words: conditionWords(key, values, negated), holds };
}

function fieldsOf(entry: object): (readonly [field: string, value: unknown])[] {
  return Object.entries(entry).filter(([, value]) => value !== undefined);
}
