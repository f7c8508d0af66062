/** The rules of the public section that span fields. */
import { type Findings, repeated } from '../findings/findings.ts';
import type { ServiceDocument } from '../schema/service.ts';

/** Checks hosts and listeners: of two that are alike, one would never take a call. */
export function checkPublic(
  { hosts = [], listeners = [] }: NonNullable<ServiceDocument['public']>,
  findings: Findings,
) {
  for (const index of repeated(hosts.map((host) => host.toLowerCase())))
    findings.fault(['public', 'hosts', index], 'sameHost');
  for (const index of repeated(listeners.map(({ name }) => name)))
    findings.fault(['public', 'listeners', index, 'name'], 'sameListener', listeners[index]?.name ?? '');
  const calls = listeners.map(({ hostname = '*', port, protocol }) => `${hostname.toLowerCase()} ${port} ${protocol}`);
  for (const index of repeated(calls)) findings.fault(['public', 'listeners', index], 'sameCalls');
}
