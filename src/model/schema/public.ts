/** How a service is reached from outside the mesh. */
import { givenName, headerName, hostPattern } from './fields.ts';
import { closed, flag, list, needed, notEmpty, whole, word } from './form.ts';

/** A gateway's listener; of several whose port and protocol fit a call, the one with the most specific host takes it, alone. */
const listener = closed({
  name: needed(givenName),
  hostname: hostPattern,
  port: whole(1, 65_535),
  protocol: word(['HTTP', 'HTTPS']),
  httpsRedirect: flag,
});

/** Which of the addresses in `X-Forwarded-For` is the client's. */
const clientAddress = closed({
  trustedProxies: whole(0, 16),
  header: headerName,
});

export const publicSection = closed(
  {
    hosts: list(hostPattern, 256),
    listeners: list(listener, 64, 1),
    httpsRedirect: flag,
    clientAddress,
    /** Who holds the service's public routes after `selvedge deploy`. */
    via: word(['edge', 'worker']),
  },
  notEmpty,
);
