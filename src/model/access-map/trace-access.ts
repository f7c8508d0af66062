/** Which access rules matched a call, and why each other did not: for people who ask, so no edge carries it. */
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { CallFacts, MeshSettings } from '../snapshot.ts';
import { ruleConditions } from './rule-conditions.ts';
import { type AccessRuleDocument, type RuleSource, rulesInForce } from './rules-in-force.ts';

export interface RuleTrial {
  readonly rule: string;
  readonly action: AccessRuleDocument['action'];
  /** Whose document it is of. */
  readonly source: RuleSource;
  /** Of a custom rule. */
  readonly provider?: string;
  /** It decides nothing. */
  readonly dryRun?: true;
  readonly matched: boolean;
  /** The first condition that did not hold, in words; of alternatives that of each. Absent where the rule matched. */
  readonly failed?: string;
}

export interface TraceScope {
  readonly document: ServiceDocument;
  readonly mesh: MeshDocument | undefined;
  /** Of the same mesh document. */
  readonly settings: MeshSettings;
  /** Services that have a binding to this one. */
  readonly declared: readonly string[];
}

/** Rules are asked in this order; those that mark decide nothing, so they come last. */
const order = ['custom', 'deny', 'allow', 'audit'] as const;

/** All rules in force, in the order in which they are asked: the mesh's before the service's own. */
export function traceAccess({ document, mesh, settings, declared }: TraceScope, facts: CallFacts): RuleTrial[] {
  const { rules } = rulesInForce(document, mesh);
  return order.flatMap((action) =>
    rules
      .filter(({ rule }) => rule.action === action)
      .map(({ name, source, rule }): RuleTrial => {
        const failed = failedCondition(rule, { mesh: settings, declared }, facts);
        return {
          rule: name,
          action,
          source,
          ...(rule.provider === undefined ? {} : { provider: rule.provider }),
          ...(rule.dryRun === true ? { dryRun: true as const } : {}),
          matched: failed === undefined,
          ...(failed === undefined ? {} : { failed }),
        };
      }),
  );
}

function failedCondition(
  rule: AccessRuleDocument,
  scope: Parameters<typeof ruleConditions>[1],
  facts: CallFacts,
): string | undefined {
  for (const { entries } of ruleConditions(rule, scope)[facts.kind]) {
    const failures = entries.map((entry) => entry.find(({ holds }) => !holds(facts)));
    if (failures.some((failure) => failure === undefined)) continue;
    return [...new Set(failures.map((failure) => failure?.words))].join('; nor ');
  }
  return undefined;
}
