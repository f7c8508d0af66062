/** The document of one service: all that its edge needs, in one value of the registry. */
import * as v from 'valibot';
import { access, authentication } from './access.ts';
import { closed, list, named, text, whole, word } from './closed.ts';
import { duration, givenName, hostName, percent, workerName } from './fields.ts';
import { route } from './route.ts';

const version = closed(
  {
    worker: v.optional(workerName),
    version: v.optional(text(/^[0-9A-Za-z-]{1,64}$/, 'the id of a Worker version')),
    url: v.optional(text(/^https?:\/\/[!-~]{1,2048}$/, 'an absolute http or https URL')),
    mtls: v.optional(text(/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/, 'the name of a binding')),
    audience: v.optional(text(/^[\x20-\x7e]{1,1024}$/, 'printable text')),
  },
  (value) => {
    if ((value.worker === undefined) === (value.url === undefined)) return 'exactly one of worker and url';
    if (value.worker === undefined && value.version !== undefined) return 'version only beside worker';
    if (value.url === undefined && (value.mtls !== undefined || value.audience !== undefined))
      return 'mtls and audience only beside url';
    return undefined;
  },
);

export const onStale = word(['serve', 'refuse']);
export const normalization = word(['none', 'base', 'merge-slashes', 'decode-and-merge-slashes']);

/** Who holds the service's public routes after `selvedge deploy`. */
const publicVia = word(['edge', 'worker']);

export const serviceSchema = v.pipe(
  closed({
    service: workerName,
    public: v.optional(
      closed({ hosts: v.optional(list(hostName, 64)), via: v.optional(publicVia) }, (value) =>
        value.hosts === undefined && value.via === undefined ? 'at least one of hosts and via' : undefined,
      ),
    ),
    versions: named(givenName, version, 64),
    balance: v.optional(
      closed({
        algorithm: word(['least-request', 'round-robin', 'random']),
      }),
    ),
    outlier: v.optional(
      closed({
        consecutiveErrors: v.optional(whole(1, 1000)),
        interval: v.optional(duration),
        baseEjection: v.optional(duration),
        maxEjectedPercent: v.optional(percent),
      }),
    ),
    routes: v.optional(list(route, 256)),
    access: v.optional(access),
    authentication: v.optional(authentication),
    onStale: v.optional(onStale),
    normalization: v.optional(normalization),
  }),
  v.title('Selvedge service'),
  v.description('One service of the mesh: its versions, routes and access.'),
);

/** A service document as people write it. */
export type ServiceDocument = v.InferInput<typeof serviceSchema>;
