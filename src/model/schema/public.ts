/** How a service is reached from outside the mesh. */
import * as v from 'valibot';
import { closed, list, whole, word } from './closed.ts';
import { givenName, headerName, hostPattern } from './fields.ts';

/** A gateway's listener; of several whose port and protocol fit a call, the one with the most specific host takes it, alone. */
const listener = closed({
  name: givenName,
  hostname: v.optional(hostPattern),
  port: v.optional(whole(1, 65_535)),
  protocol: v.optional(word(['HTTP', 'HTTPS'])),
  httpsRedirect: v.optional(v.boolean('true or false')),
});

/** Which of the addresses in `X-Forwarded-For` is the client's. */
const clientAddress = closed({
  trustedProxies: v.optional(whole(0, 16)),
  header: v.optional(headerName),
});

export const publicSection = closed(
  {
    hosts: v.optional(list(hostPattern, 256)),
    listeners: v.optional(list(listener, 64, 1)),
    httpsRedirect: v.optional(v.boolean('true or false')),
    clientAddress: v.optional(clientAddress),
    /** Who holds the service's public routes after `selvedge deploy`. */
    via: v.optional(word(['edge', 'worker'])),
  },
  (value) => (Object.keys(value).length === 0 ? 'at least one of hosts, listeners and via' : undefined),
);
