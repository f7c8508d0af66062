/** A service with its access rules taken apart, once for all callers. */
import type { TimeWindow } from '../../core/access/time-window.ts';
import type { JwtRule } from '../authentication-rules.ts';
import { compileUserTokens } from '../compile/compile-authentication.ts';
import { principalNames } from '../principal-names.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { MeshSettings } from '../snapshot.ts';
import { asksWhoCalls } from './rule-chance.ts';
import { type RuleCondition, ruleConditions, type TakenApart } from './rule-conditions.ts';
import { type RuleInForce, type RulesInForce, rulesInForce } from './rules-in-force.ts';

export interface PreparedService {
  readonly document: ServiceDocument;
  readonly inForce: RulesInForce;
  readonly settings: MeshSettings;
  readonly declared: readonly string[];
  /** Of end users' tokens that the service verifies. */
  readonly issuers: readonly string[];
  /** Whether a token may come with an RPC call, in a header that journeys carry. */
  readonly knowsTokensByRpc: boolean;
  /** Those without whose token no call passes. */
  readonly requiredIssuers: readonly string[];
  /** Without those whose time is over. */
  readonly rules: readonly PreparedRule[];
  /** What they ask of who calls; callers of one kind who answer alike have the same cell. */
  readonly aboutCaller: readonly RuleCondition[];
}

export interface PreparedRule {
  readonly placed: RuleInForce;
  readonly parts: TakenApart;
}

export interface PrepareInput {
  readonly document: ServiceDocument;
  readonly settings: MeshSettings;
  /** Services that have a binding to this one. */
  readonly declared: readonly string[];
  readonly nowMs: number;
}

/** The rules of the mesh come first, as in the snapshot; those whose time is over by `nowMs` are left out. */
export function prepareService({ document, settings, declared, nowMs }: PrepareInput): PreparedService {
  const inForce = rulesInForce(document, settings.defaults?.access);
  const names = principalNames(settings, declared);
  const { rules: tokens = [], places = [] } =
    compileUserTokens(document.authentication ?? {}, settings.defaults?.jwt ?? []) ?? {};
  const rules = inForce.rules
    .filter(({ rule }) => !isOver(rule.during ?? [], nowMs))
    .map((placed) => ({ placed, parts: ruleConditions(placed.rule, names) }));
  return {
    document,
    inForce,
    settings,
    declared,
    issuers: [...new Set(tokens.map(issuerOf))],
    knowsTokensByRpc: places.some(
      ({ kind, name }) => kind !== 'param' && settings.carry.includes(kind === 'cookie' ? kind : name),
    ),
    requiredIssuers: tokens.filter(({ required }) => required === true).map(issuerOf),
    rules,
    aboutCaller: rules.flatMap(({ parts }) =>
      parts.fetch.flatMap(({ entries }) => entries.flatMap((entry) => entry.filter(asksWhoCalls))),
    ),
  };
}

/** A rule may take tokens of whoever has signed with its keys. */
function issuerOf({ issuer = 'any issuer' }: JwtRule): string {
  return issuer;
}

/** Whether none of a rule's windows will open again. */
export function isOver(windows: readonly TimeWindow[], nowMs: number): boolean {
  return windows.length > 0 && windows.every(({ until }) => until !== undefined && Date.parse(until) <= nowMs);
}
