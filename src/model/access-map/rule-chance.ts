/** How far a caller decides whether a rule matches: for all of his calls, for none, or for some, as what else they are decides. */
import { conditionKey } from '../../core/access/condition-key.ts';
import type { CallFacts } from '../call-facts.ts';
import { allOf, anyOf, type Chance, certainly } from './chance.ts';

import type { ConditionedPart, RuleCondition } from './rule-conditions.ts';
import { positiveField } from './rule-words.ts';

/** What is known of all calls of a caller to one service, beside the facts of an example. */
export interface KnownOfCaller {
  readonly facts: CallFacts;
  /** Whether his calls may carry a token that the service verifies. */
  readonly mayShowToken: boolean;
  /** The headers that journeys carry, in lower case: an RPC call has no others. */
  readonly carried: readonly string[];
}

/** The whole rule, for the protocol that its parts were taken for. */
export function ruleChance(parts: readonly ConditionedPart[], known: KnownOfCaller): Chance {
  return allOf(parts.map((part) => partChance(part, known)));
}

/** One part of it. */
export function partChance({ entries }: ConditionedPart, known: KnownOfCaller): Chance {
  return anyOf(entries.map((entry) => allOf(entry.map((condition) => conditionChance(condition, known)))));
}

/** No condition about a caller asks the clock. */
export const anyInstant = 0;

/** One condition of it. */
export function conditionChance(condition: RuleCondition, known: KnownOfCaller): Chance {
  const { facts, mayShowToken } = known;
  switch (decidedBy(condition)) {
    case 'caller':
    case 'protocol':
      return certainly(condition.holds(facts, anyInstant));
    case 'place':
      return facts.door === 'mesh' ? certainly(condition.holds(facts, anyInstant)) : openChance(condition);
    case 'journey':
      return facts.door === 'public' ? certainly(condition.holds(facts, anyInstant)) : openChance(condition);
    case 'token':
      return mayShowToken ? tokenChance(condition, facts) : certainly(condition.holds(facts, anyInstant));
    case 'call':
      return isUnsaid(condition, known) ? certainly(condition.holds(facts, anyInstant)) : openChance(condition);
  }
}

/** Whether a condition asks for what no RPC call has: the rule's action says what that means. */
function isUnsaid({ field }: RuleCondition, { facts, carried }: KnownOfCaller): boolean {
  const key = facts.kind === 'rpc' ? conditionKey(field) : undefined;
  return key?.kind === 'destination.port' || (key?.kind === 'header' && !carried.includes(key.name));
}

/** A value that every call has: its method, its path, its host, the name of its RPC method. */
const everyCall: Readonly<Record<string, ReadonlySet<string | number>>> = {
  methods: new Set(['*']),
  paths: new Set(['*', '/*', '/{**}']),
  hosts: new Set(['*']),
  rpc: new Set(['*']),
};

function openChance({ field, values, negated }: RuleCondition): Chance {
  const every = everyCall[positiveField(field)];
  return every !== undefined && values.some((value) => every.has(value)) ? certainly(!negated) : 'sometimes';
}

/** An end user is somebody: `*` holds for every one. */
function tokenChance({ field, values, negated }: RuleCondition, { requestPrincipal }: CallFacts): Chance {
  const names = positiveField(field) === 'requestPrincipals' || field === 'request.auth.principal';
  return requestPrincipal !== null && names && values.includes('*') ? certainly(!negated) : 'sometimes';
}

/** What of a call a condition asks for. */
type Decider = 'caller' | 'protocol' | 'place' | 'journey' | 'token' | 'call';

const deciders: Readonly<Record<string, Decider>> = {
  protocol: 'protocol',
  principals: 'caller',
  services: 'caller',
  namespaces: 'caller',
  serviceAccounts: 'caller',
  trustDomains: 'caller',
  ipBlocks: 'place',
  remoteIpBlocks: 'place',
  geo: 'place',
  versions: 'journey',
  requestPrincipals: 'token',
  'source.principal': 'caller',
  'source.service': 'caller',
  'source.namespace': 'caller',
  'source.serviceAccount': 'caller',
  'source.trustDomain': 'caller',
  'source.ip': 'place',
  'remote.ip': 'place',
  'source.version': 'journey',
};

/** Whether a condition is about who calls, and nothing else of the call. */
export function asksWhoCalls(condition: RuleCondition): boolean {
  return decidedBy(condition) === 'caller';
}

function decidedBy({ field }: RuleCondition): Decider {
  return deciders[positiveField(field)] ?? (field.startsWith('request.auth.') ? 'token' : 'call');
}
