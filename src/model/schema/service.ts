/** The document of one service: all that its edge needs, in one value of the registry. */
import * as v from 'valibot';
import { access, authentication } from './access.ts';
import { closed, list, named, word } from './closed.ts';
import { givenName, hostPattern, workerName } from './fields.ts';
import { publicSection } from './public.ts';
import { route } from './route.ts';
import { balance, outlier, version } from './version.ts';

/** A gateway for many hosts and services has that many at most; a value of the registry ends at 25 MiB. */
const maxRoutes = 16_384;

export const onStale = word(['serve', 'refuse']);
export const normalization = word(['none', 'base', 'merge-slashes', 'decode-and-merge-slashes']);

export const serviceSchema = v.pipe(
  closed({
    service: workerName,
    public: v.optional(publicSection),
    versions: v.optional(named(givenName, version, 256)),
    balance: v.optional(balance),
    outlier: v.optional(outlier),
    routes: v.optional(list(route, maxRoutes)),
    egress: v.optional(closed({ hosts: list(hostPattern, 256, 1) })),
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
