/** Which access rules matched a call, and why each other did not: for people who ask, so no edge carries it. */
import type { AccessRule } from '../../core/access/decide.ts';
import type { PrincipalNames } from '../../core/principals/principal-match.ts';
import type { CallFacts } from '../call-facts.ts';
import { principalNames } from '../principal-names.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { MeshSettings } from '../snapshot.ts';
import { ruleConditions } from './rule-conditions.ts';
import { type RuleSource, rulesInForce } from './rules-in-force.ts';

export interface RuleTrial {
  readonly rule: string;
  readonly action: AccessRule['action'];
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
  readonly settings: MeshSettings;
  /** Services that have a binding to this one. */
  readonly declared: readonly string[];
}

/** Rules are asked in this order; those that mark decide nothing, so they come last. */
const order = ['custom', 'deny', 'allow', 'audit'] as const;

/** All rules in force, in the order in which they are asked: the mesh's before the service's own. */
export function traceAccess(
  { document, settings, declared }: TraceScope,
  facts: CallFacts,
  nowMs: number,
): RuleTrial[] {
  const names = principalNames(settings, declared);
  const { rules } = rulesInForce(document, settings.defaults?.access);
  return order.flatMap((action) =>
    rules
      .filter(({ rule }) => rule.action === action)
      .map(({ source, rule }): RuleTrial => {
        const failed = failedCondition(rule, names, facts, nowMs);
        return {
          rule: rule.name,
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

function failedCondition(rule: AccessRule, names: PrincipalNames, facts: CallFacts, nowMs: number): string | undefined {
  for (const { entries } of ruleConditions(rule, names)[facts.kind]) {
    const failures = entries.map((entry) => entry.find(({ holds }) => !holds(facts, nowMs)));
    if (failures.some((failure) => failure === undefined)) continue;
    return [...new Set(failures.map((failure) => failure?.words))].join('; nor ');
  }
  return undefined;
}
