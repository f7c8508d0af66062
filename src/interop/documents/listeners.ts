/** Listeners of gateways, of whichever manifests they come. */
import type { Listener } from './document-types.ts';

/**
 * Listeners name their port only where it tells one of their protocol from another. All that a Worker knows of the port is what the URL
 * says, which is the `Host` header's; a gateway with one port takes a host with any.
 */
export function withNeededPorts(listeners: readonly Listener[]): Listener[] {
  return listeners.map(({ port, ...listener }) =>
    listeners.some((one) => one.protocol === listener.protocol && one.port !== port) ? { ...listener, port } : listener,
  );
}
