/** What a rule still asks once it is known who calls. */
import { conditionChance, type KnownOfCaller } from './rule-chance.ts';
import type { ConditionedPart } from './rule-conditions.ts';
import type { RuleInForce } from './rules-in-force.ts';

export interface RuleForCaller {
  readonly rule: string;
  /** What else must hold, in words; `''` where the rule matches all calls of the caller. */
  readonly only: string;
  /** Of a custom rule. */
  readonly provider?: string;
}

/** `parts` are those of a rule that may match calls of the caller. */
export function ruleForCaller(
  { rule }: RuleInForce,
  parts: readonly ConditionedPart[],
  known: KnownOfCaller,
): RuleForCaller {
  const open = parts.map(({ entries }) => {
    const ways = entries
      .map((entry) => entry.map((condition) => ({ words: condition.words, chance: conditionChance(condition, known) })))
      .filter((entry) => entry.every(({ chance }) => chance !== 'never'))
      .map((entry) => entry.filter(({ chance }) => chance === 'sometimes').map(({ words }) => words));
    return ways.some((words) => words.length === 0) ? '' : ways.map((words) => words.join(', ')).join('; or ');
  });
  return {
    rule: rule.name,
    only: open.filter((words) => words !== '').join(', '),
    ...(rule.provider === undefined ? {} : { provider: rule.provider }),
  };
}

/** Of both protocols in one: what a rule asks of a fetch, of an RPC call, or of either. */
export function ofBothProtocols(fetch: readonly RuleForCaller[], rpc: readonly RuleForCaller[]): RuleForCaller[] {
  const merged = fetch.map((one) => {
    const other = rpc.find(({ rule }) => rule === one.rule);
    if (other === undefined) return one.only === '' ? { ...one, only: 'a fetch' } : one;
    if (other.only === one.only) return one;
    return { ...one, only: `${one.only || 'any fetch'}; or ${other.only || 'any RPC call'}` };
  });
  const alone = rpc.filter(({ rule }) => !fetch.some((one) => one.rule === rule));
  return [...merged, ...alone.map((one) => (one.only === '' ? { ...one, only: 'an RPC call' } : one))];
}
