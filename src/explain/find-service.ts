/** Which service a call is for: on the public door its host tells, as an edge's registry would; inside the mesh the name that the caller binds. */

import { authorityOf } from '../core/urls/host.ts';
import { hostIndex } from '../core/urls/host-index.ts';

export interface KnownService {
  readonly service: string;
  readonly publicHosts: readonly string[];
}

/** `undefined` where no service answers. Of services with one host, the first by name does. */
export function findService(
  url: string,
  door: 'mesh' | 'public',
  services: readonly KnownService[],
): string | undefined {
  const host = authorityOf(url).replace(/:\d*$/, '');
  if (door === 'mesh') return services.find(({ service }) => service === host)?.service;
  const sorted = [...services].sort((one, other) => (one.service < other.service ? -1 : 1));
  return hostIndex(sorted.flatMap(({ service, publicHosts }) => publicHosts.map((name) => [name, service] as const)))(
    host,
  );
}
