/** The listeners of a gateway: which of them takes a call from outside, alone, and which calls they answer themselves. */
import { type HostIndex, hostIndex } from '../../core/urls/host-index.ts';
import type { CallFacts } from '../call-facts.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { Reading } from './match-reading.ts';
import { readPort, readScheme } from './match-reading.ts';

type DocumentListener = NonNullable<NonNullable<ServiceDocument['public']>['listeners']>[number];

/** Position of the listener that takes a call of the public door; undefined where none does. */
export type FindListener = (facts: CallFacts, reading: Reading) => number | undefined;

/**
 * Of the listeners whose port and protocol fit, the one with the most specific hostname takes the call, alone (Gateway API, listener
 * isolation). Of several with one hostname the one that names a port goes first, then the one that names a protocol, then the earlier one.
 */
export function listenerFinder(listeners: readonly DocumentListener[]): FindListener {
  const ordered = listeners
    .map((listener, index) => ({ listener, index }))
    .sort((one, other) => precision(other.listener) - precision(one.listener) || one.index - other.index);
  const hostsOf = (scheme: string, port: string): HostIndex<number> =>
    hostIndex(
      ordered
        .filter(({ listener }) => fits(listener, scheme, port))
        .map(({ listener, index }) => [listener.hostname ?? '*', index] as const),
    );
  const ports = new Set(listeners.flatMap(({ port }) => (port === undefined ? [] : [String(port)])));
  const byScheme = new Map(
    ['http', 'https'].map((scheme) => {
      const byPort = new Map([...ports].map((port) => [port, hostsOf(scheme, port)]));
      return [scheme, { byPort, others: hostsOf(scheme, '') }];
    }),
  );
  return (facts, reading) => {
    const found = byScheme.get(readScheme(facts, reading) ?? '');
    if (found === undefined) return undefined;
    const hosts = ports.size === 0 ? undefined : found.byPort.get(readPort(facts, reading) ?? '');
    return (hosts ?? found.others)(facts.host);
  };
}

function precision({ port, protocol }: DocumentListener): number {
  return (port === undefined ? 0 : 2) + (protocol === undefined ? 0 : 1);
}

function fits({ port, protocol }: DocumentListener, scheme: string, called: string): boolean {
  if (port !== undefined && String(port) !== called) return false;
  return protocol === undefined || protocol.toLowerCase() === scheme;
}
