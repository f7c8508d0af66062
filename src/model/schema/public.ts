/** How a service is reached from outside the mesh. */
import { givenName, headerName, hostPattern } from './fields.ts';
import { closed, flag, list, notEmpty, optional, whole, word } from './form.ts';

/** A gateway's listener; of several whose port and protocol fit a call, the one with the most specific host takes it, alone. */
const listener = closed({
  name: givenName,
  hostname: optional(hostPattern),
  port: optional(whole(1, 65_535)),
  protocol: optional(word(['HTTP', 'HTTPS'])),
  httpsRedirect: optional(flag),
});

/** Which of the addresses in `X-Forwarded-For` is the client's. */
const clientAddress = closed({
  trustedProxies: optional(whole(0, 16)),
  header: optional(headerName),
});

export const publicSection = closed(
  {
    hosts: optional(list(hostPattern, 256)),
    listeners: optional(list(listener, 64, 1)),
    httpsRedirect: optional(flag),
    clientAddress: optional(clientAddress),
    /** Who holds the service's public routes after `selvedge deploy`. */
    via: optional(word(['edge', 'worker'])),
  },
  notEmpty,
);
