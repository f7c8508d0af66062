/** The rules of the public section that span fields. */
import { type Findings, repeated } from '../findings/findings.ts';
import { malformed } from '../findings/issue.ts';
import type { ServiceDocument } from '../schema/service.ts';

/** Checks hosts and listeners: of two that are alike, one would never take a call. */
export function checkPublic(
  { hosts = [], listeners = [] }: NonNullable<ServiceDocument['public']>,
  findings: Findings,
) {
  for (const index of repeated(hosts.map((host) => host.toLowerCase())))
    findings.add(
      ['public', 'hosts', index],
      malformed.duplicate,
      'this host stands in the list twice',
      'each host once',
    );
  for (const index of repeated(listeners.map(({ name }) => name)))
    findings.add(
      ['public', 'listeners', index, 'name'],
      malformed.duplicate,
      `another listener is named ${JSON.stringify(listeners[index]?.name)} too`,
      'a name of its own',
    );
  const calls = listeners.map(({ hostname = '*', port, protocol }) => `${hostname.toLowerCase()} ${port} ${protocol}`);
  for (const index of repeated(calls))
    findings.add(
      ['public', 'listeners', index],
      malformed.duplicate,
      'an earlier listener has the same hostname, port and protocol, and takes all of its calls',
      'a hostname, port or protocol of its own',
    );
}
