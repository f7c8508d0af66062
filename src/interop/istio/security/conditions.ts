/** Conditions (`when`) of an AuthorizationPolicy. */

import { conditionKey } from '../../../core/access/condition-key.ts';
import { ownEntry } from '../../../core/own-entry.ts';
import type { AccessCondition } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { madeFrom } from '../../manifests/origin.ts';
import { type PortsOf, readPort } from './ports.ts';
import { type RuleScope, type SourceDraft, tellAddresses } from './sources.ts';

/** Whether documents have the condition: header names are tokens (RFC 9110 section 5.1), and no name has brackets. */
function isKnownKey(text: string): boolean {
  const key = conditionKey(text);
  if (key === undefined) return false;
  if (key.kind === 'header') return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(key.name);
  return key.kind !== 'claim' || key.path.every((name) => /^[^[\]\s]+$/.test(name));
}

/** Keys that say who calls, as sources do. */
const identityKeys = {
  'source.principal': 'principals',
  'source.namespace': 'namespaces',
  'source.serviceAccount': 'serviceAccounts',
} as const;

const without: Readonly<Record<string, string>> = {
  'destination.ip': 'a Worker has no address of its own',
  'connection.sni': 'the platform in front of a Worker ends TLS, and tells no Worker the name in the handshake',
};

/** Reads one condition; those about who calls are put into every source, and are none of the rule's own. */
export function readCondition(
  condition: Located,
  sources: readonly SourceDraft[],
  portsOf: PortsOf,
  scope: RuleScope,
): AccessCondition | undefined {
  condition.only(['key', 'values', 'notValues']);
  const where = condition.get('key');
  const key = where.text();
  const [values, notValues] = ['values', 'notValues'].map((name) => condition.get(name).items()) as [
    Located[],
    Located[],
  ];
  if (key === undefined || (values.length === 0 && notValues.length === 0)) {
    condition.wrong('a key with values or notValues');
    return undefined;
  }
  if (Object.hasOwn(identityKeys, key)) {
    const field = identityKeys[key as keyof typeof identityKeys];
    for (const source of sources) {
      source.identity(field, values, false);
      source.identity(field, notValues, true);
    }
    return undefined;
  }
  if (key === 'destination.port') {
    const ports = (list: readonly Located[]): string[] =>
      list.flatMap((item) => {
        const port = readPort(item);
        return port === undefined ? [] : portsOf(port, item).map(String);
      });
    return madeFrom(condition, conditionOf(key, ports(values), ports(notValues)));
  }
  if (!isKnownKey(key)) where.refuse(ownEntry(without, key) ?? 'documents have no such condition');
  if (key === 'source.trustDomain')
    for (const item of [...values, ...notValues]) scope.callers.nameTrustDomain(item.text() ?? '', item);
  if (key === 'source.ip' || key === 'remote.ip') {
    tellAddresses(condition.get('values'), false, scope);
    tellAddresses(condition.get('notValues'), true, scope);
  }
  const textsOf = (list: readonly Located[]): string[] => list.flatMap((item) => item.text() ?? []);
  return madeFrom(condition, conditionOf(key, textsOf(values), textsOf(notValues)));
}

function conditionOf(key: string, values: string[], notValues: string[]): AccessCondition {
  return {
    key,
    ...(values.length === 0 ? {} : { values }),
    ...(notValues.length === 0 ? {} : { notValues }),
  };
}

/** Whether a condition is about who calls. */
export function isAboutCaller(condition: Located): boolean {
  return Object.hasOwn(identityKeys, condition.get('key').text() ?? '');
}
