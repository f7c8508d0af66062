/** What is known of all calls of a caller to one service. */
import type { CallFacts } from '../snapshot.ts';
import { callerFacts, type MapCaller } from './callers.ts';
import type { PreparedRule, PreparedService } from './prepare-service.ts';
import { type KnownOfCaller, ruleChance } from './rule-chance.ts';

export function knownOfCaller(
  { settings, issuers }: PreparedService,
  caller: MapCaller,
  protocol: CallFacts['kind'],
): KnownOfCaller {
  return {
    facts: callerFacts(caller, settings, protocol),
    mayShowToken: caller.kind !== 'outside' && issuers.length > 0,
  };
}

/** Whether a rule matches any call of the caller. Nobody from outside calls by RPC. */
export function mayMatch(prepared: PreparedService, { parts }: PreparedRule, caller: MapCaller): boolean {
  const protocols = caller.kind === 'service' ? (['fetch', 'rpc'] as const) : (['fetch'] as const);
  return protocols.some(
    (protocol) => ruleChance(parts[protocol], knownOfCaller(prepared, caller, protocol)) !== 'never',
  );
}
