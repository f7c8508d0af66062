/** Whether a rule matches a call: the data path's own reading of it, asked about a rule that stands alone. */
import { type AccessRule, accessDecision } from '../../core/access/decide.ts';
import type { PrincipalNames } from '../../core/principals/principal-match.ts';
import type { CallFacts } from '../call-facts.ts';

/** `nowMs` is when the call begins; only time windows read it. */
export type RuleTest = (facts: CallFacts, nowMs: number) => boolean;

/** What a rule asks of a call. */
export type RuleTerms = Pick<AccessRule, 'from' | 'to' | 'when' | 'during'>;

/**
 * A rule that stands alone is decided by nothing else: one of `allow` lets in exactly what it matches, one of `deny` refuses exactly that.
 * What asks a provider or only marks matches what a `deny` does.
 */
export function ruleTest(action: AccessRule['action'], terms: RuleTerms, names: PrincipalNames): RuleTest {
  const allows = action === 'allow';
  const alone: AccessRule = { name: '', action: allows ? 'allow' : 'deny', ...terms };
  const judge = accessDecision({ rules: [alone], strict: false, closed: false, ...names });
  return (facts, nowMs) => judge(facts, nowMs).allowed === allows;
}
