/** The document of one service: all that its edge needs, in one value of the registry. */
import { access } from './access.ts';
import { authentication } from './authentication.ts';
import { givenName, hostPattern, workerName } from './fields.ts';
import { closed, list, needed, record, type ValueOf, word } from './form.ts';
import { publicSection } from './public.ts';
import { route } from './route.ts';
import { balance, outlier, version } from './version.ts';

/** A gateway for many hosts and services has that many at most; a value of the registry ends at 25 MiB. */
const maxRoutes = 16_384;

/** Versions that a document may declare. */
export const maxVersions = 256;

export const onStale = word(['serve', 'refuse']);
export const normalization = word(['none', 'base', 'merge-slashes', 'decode-and-merge-slashes']);

export const serviceSchema = closed({
  service: needed(workerName),
  public: publicSection,
  versions: record(givenName, version, maxVersions),
  balance,
  outlier,
  routes: list(route, maxRoutes),
  egress: closed({ hosts: needed(list(hostPattern, 256, 1)) }),
  access,
  authentication,
  onStale,
  normalization,
});

/** A service document as people write it. */
export type ServiceDocument = ValueOf<typeof serviceSchema>;
