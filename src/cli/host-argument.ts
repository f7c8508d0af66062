/** Options that name a public host of one of the mesh's own Workers. */
import { usageFailure } from './failure.ts';

/** The host that an option names; fails where it is none. */
export function hostArgument(option: string, host: string | undefined): string | undefined {
  if (host === undefined || /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(host)) return host;
  throw usageFailure(`--${option} is a host name, as in mesh.example.com, not "${host}"`);
}
