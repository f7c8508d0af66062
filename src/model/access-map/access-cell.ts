/** What one caller may do at one service, and what says so. */
import type { AccessRule } from '../../core/access/decide.ts';
import type { CallFacts } from '../call-facts.ts';
import { publicHosts } from '../references.ts';
import { type MapCaller, outsideCaller } from './callers.ts';
import { anyOf, type Chance } from './chance.ts';
import { knownOfCaller } from './known-of-caller.ts';
import type { PreparedService } from './prepare-service.ts';
import { ruleChance } from './rule-chance.ts';
import { ofBothProtocols, type RuleForCaller, ruleForCaller } from './rule-for-caller.ts';

/** `some`: what else the call is decides. `custom`: a provider is asked about each, and nothing else stands in the way. */
export type CellVerdict = 'all' | 'some' | 'none' | 'custom';

/** Why nothing passes. `no-token`: a token is required, and the caller is one without. */
export type RefusalReason = 'strict' | 'deny-rule' | 'no-allow-rule' | 'not-public' | 'no-token' | 'no-document';

export interface AccessCell {
  readonly verdict: CellVerdict;
  /** Of `none`, where both protocols have the same one. */
  readonly reason?: RefusalReason;
  /** Rules that let calls of this caller in. */
  readonly allows: readonly RuleForCaller[];
  /** Rules that refuse some of them. */
  readonly denies: readonly RuleForCaller[];
  /** Rules that ask a provider about some of them. */
  readonly customs: readonly RuleForCaller[];
  /** Rules that mark some of them. */
  readonly audits: readonly RuleForCaller[];
  /** Where fetch and RPC differ; then the cell's own verdict is `some`. */
  readonly protocols?: { readonly fetch: CellVerdict; readonly rpc: CellVerdict };
  /** Issuers of whom each call must carry a token. */
  readonly tokens?: readonly string[];
  /** What it would be if rules with `dryRun` counted, where that is something else. */
  readonly shadow?: { readonly verdict: CellVerdict; readonly rules: readonly string[] };
}

/** Of somebody whom no rule is asked about. */
export function refusedCell(reason: RefusalReason): AccessCell {
  return { verdict: 'none', reason, allows: [], denies: [], customs: [], audits: [] };
}

/** The cell of one caller. */
export function accessCell(prepared: PreparedService, who: MapCaller): AccessCell {
  const { document, issuers, requiredIssuers } = prepared;
  // A service that knows no issuer looks at no token.
  const caller = who.kind === 'end-users' && issuers.length === 0 ? outsideCaller : who;
  if (caller.kind !== 'service' && publicHosts(document).length === 0) return refusedCell('not-public');
  // A token that is required is asked for before any rule is.
  if (caller.kind === 'outside' && requiredIssuers.length > 0) return refusedCell('no-token');
  const counted = judge(prepared, caller, false);
  const cell: AccessCell =
    requiredIssuers.length === 0 || counted.verdict === 'none'
      ? counted
      : { ...counted, verdict: 'some', tokens: requiredIssuers };
  const dryRuns = prepared.inForce.rules.flatMap(({ rule }) => (rule.dryRun === true ? [rule.name] : []));
  if (dryRuns.length === 0) return cell;
  const shadow = judge(prepared, caller, true);
  if (shadow.verdict === counted.verdict && sameProtocols(shadow, counted)) return cell;
  return { ...cell, shadow: { verdict: shadow.verdict, rules: dryRuns } };
}

function sameProtocols({ protocols: one }: AccessCell, { protocols: other }: AccessCell): boolean {
  return one?.fetch === other?.fetch && one?.rpc === other?.rpc;
}

function judge(prepared: PreparedService, caller: MapCaller, withDryRun: boolean): AccessCell {
  const fetch = judgeProtocol(prepared, caller, 'fetch', withDryRun);
  // Nobody from outside calls by RPC.
  if (caller.kind !== 'service') return fetch;
  const rpc = judgeProtocol(prepared, caller, 'rpc', withDryRun);
  const rules = {
    allows: ofBothProtocols(fetch.allows, rpc.allows),
    denies: ofBothProtocols(fetch.denies, rpc.denies),
    customs: ofBothProtocols(fetch.customs, rpc.customs),
    audits: ofBothProtocols(fetch.audits, rpc.audits),
  };
  if (fetch.verdict !== rpc.verdict)
    return { verdict: 'some', ...rules, protocols: { fetch: fetch.verdict, rpc: rpc.verdict } };
  const reason = fetch.reason === rpc.reason ? fetch.reason : undefined;
  return { verdict: fetch.verdict, ...(reason === undefined ? {} : { reason }), ...rules };
}

function judgeProtocol(
  prepared: PreparedService,
  caller: MapCaller,
  protocol: CallFacts['kind'],
  withDryRun: boolean,
): AccessCell {
  const { inForce } = prepared;
  const known = knownOfCaller(prepared, caller, protocol);
  const counting = prepared.rules.filter(({ placed }) => withDryRun || placed.rule.dryRun !== true);
  const found = (action: AccessRule['action']) =>
    counting
      .filter(({ placed }) => placed.rule.action === action)
      .map(({ placed, parts }) => ({ placed, parts: parts[protocol], chance: ruleChance(parts[protocol], known) }))
      .filter(({ chance }) => chance !== 'never');
  type Found = ReturnType<typeof found>;
  const chances = (rules: Found): Chance => anyOf(rules.map(({ chance }) => chance));
  const told = (rules: Found) => rules.map(({ placed, parts }) => ruleForCaller(placed, parts, known));
  const [allows, denies, customs, audits] = [found('allow'), found('deny'), found('custom'), found('audit')];
  // An allow rule whose time is over still shuts everybody else out.
  const shut =
    inForce.deniesByDefault ||
    inForce.rules.some(({ rule }) => rule.action === 'allow' && (withDryRun || rule.dryRun !== true));
  const verdict = verdictOf({
    anonymous: inForce.mode === 'strict' && known.facts.principal === null && known.facts.requestPrincipal === null,
    denied: chances(denies),
    let: shut ? chances(allows) : 'always',
    asked: chances(customs),
  });
  return { ...verdict, allows: told(allows), denies: told(denies), customs: told(customs), audits: told(audits) };
}

interface Chances {
  /** Refused before any rule, for want of an identity. */
  readonly anonymous: boolean;
  readonly denied: Chance;
  readonly let: Chance;
  readonly asked: Chance;
}

function verdictOf({ anonymous, denied, let: letIn, asked }: Chances): Pick<AccessCell, 'verdict' | 'reason'> {
  if (anonymous) return { verdict: 'none', reason: 'strict' };
  if (denied === 'always') return { verdict: 'none', reason: 'deny-rule' };
  if (letIn === 'never') return { verdict: 'none', reason: 'no-allow-rule' };
  if (letIn === 'sometimes' || denied === 'sometimes' || asked === 'sometimes') return { verdict: 'some' };
  return { verdict: asked === 'always' ? 'custom' : 'all' };
}
