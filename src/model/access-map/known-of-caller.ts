/** What is known of all calls of a caller to one service. */
import type { CallFacts } from '../call-facts.ts';
import { callerFacts, type MapCaller } from './callers.ts';
import type { PreparedRule, PreparedService } from './prepare-service.ts';
import { type KnownOfCaller, ruleChance } from './rule-chance.ts';

/** What a rule may take for granted of every call of the caller by one protocol. */
export function knownOfCaller(
  { settings, issuers, knowsTokensByRpc }: PreparedService,
  caller: MapCaller,
  protocol: CallFacts['kind'],
): KnownOfCaller {
  const looksAtTokens = issuers.length > 0 && (protocol === 'fetch' || knowsTokensByRpc);
  return {
    facts: callerFacts(caller, settings, protocol),
    mayShowToken: caller.kind !== 'outside' && looksAtTokens,
    carried: settings.carry,
  };
}

/** Whether a rule matches any call of the caller. Nobody from outside calls by RPC. */
export function mayMatch(prepared: PreparedService, { parts }: PreparedRule, caller: MapCaller): boolean {
  const protocols = caller.kind === 'service' ? (['fetch', 'rpc'] as const) : (['fetch'] as const);
  return protocols.some(
    (protocol) => ruleChance(parts[protocol], knownOfCaller(prepared, caller, protocol)) !== 'never',
  );
}
