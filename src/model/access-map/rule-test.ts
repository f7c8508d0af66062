/** Whether a rule matches a call: the data path's own reading of it, asked about a rule that stands alone. */
import { compileAccess } from '../compile/compile-access.ts';
import type { CallFacts, MeshSettings } from '../snapshot.ts';
import type { AccessRuleDocument } from './rules-in-force.ts';

export interface RuleScope {
  readonly mesh: MeshSettings;
  /** Services that were given a binding to the one before which the rule stands. */
  readonly declared: readonly string[];
}

export type RuleTest = (facts: CallFacts) => boolean;

/**
 * A rule that stands alone is decided by nothing else. One of `allow` lets in exactly what it matches, one of `deny` refuses exactly that;
 * what asks a provider or only marks is compared as a rule of `like`.
 */
export function ruleTest(rule: AccessRuleDocument, like: 'allow' | 'deny', { mesh, declared }: RuleScope): RuleTest {
  const { from, to, when, during } = rule;
  const alone = { action: like, from, to, when, during };
  const judge = compileAccess({ rules: [alone] }, mesh.trustDomain, declared);
  if (judge === undefined) throw new Error('An access section always compiles to a decision.');
  return (facts) => judge(facts).allowed === (like === 'allow');
}
