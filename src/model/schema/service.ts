/** The document of one service: all that its edge needs, in one value of the registry. */
import * as v from 'valibot';
import { access, authentication } from './access.ts';
import { closed, field, list, named, required, text, whole, word } from './closed.ts';
import { duration, givenName, hostName, percent, workerName } from './fields.ts';
import { route } from './route.ts';

const version = closed(
  {
    worker: field(workerName, 'Name of the Worker that is this version.'),
    version: field(
      text(/^[0-9A-Za-z-]{1,64}$/, 'the id of a Worker version'),
      'Version id of that Worker (gradual deployments), where it is not the deployed one.',
    ),
    url: field(
      text(/^https?:\/\/[!-~]{1,2048}$/, 'an absolute http or https URL'),
      'Where the version is reached, if it is no Worker of this account. Its path is put before the path of the call.',
    ),
    mtls: field(
      text(/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/, 'the name of a binding'),
      'Name of the mtls_certificates binding with which the edge calls the URL.',
    ),
    audience: field(
      text(/^[\x20-\x7e]{1,1024}$/, 'printable text'),
      'Audience of the token that the edge sends; by default the origin of the URL.',
    ),
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

export const normalizationText =
  'How paths are made canonical before anything looks at them: base (the default), merge-slashes, decode-and-merge-slashes, or none, which no service with rules by path may use.';

export const serviceSchema = v.pipe(
  closed({
    service: required(
      workerName,
      'Name of the service that this document is about; its key in the registry is `service/` and this name.',
    ),
    public: field(
      closed({ hosts: required(list(hostName, 64), 'Host names, without port.') }),
      'Hosts under which the service is reached from outside the mesh. Nothing is public by default.',
    ),
    versions: required(named(givenName, version, 64), 'The deployed variants of the service, by name.'),
    balance: field(
      closed({
        algorithm: required(
          word(['least-request', 'round-robin', 'random']),
          'How an endpoint is chosen among those of one version.',
        ),
      }),
      'Balancing among the endpoints of a version. Without effect while each version has one endpoint.',
    ),
    outlier: field(
      closed({
        consecutiveErrors: field(whole(1, 1000), 'Errors in a row after which an endpoint is left out.'),
        interval: field(duration, 'How often endpoints are looked at.'),
        baseEjection: field(duration, 'How long an endpoint is left out the first time.'),
        maxEjectedPercent: field(percent, 'How many of the endpoints may be left out at once.'),
      }),
      'Leaving out endpoints that fail. Without effect while each version has one endpoint.',
    ),
    routes: field(
      list(route, 256),
      'The first route of which a match holds decides. A document with one version may leave routes out.',
    ),
    access: field(access, 'Who may call. Without it every caller may.'),
    authentication: field(authentication, 'How callers from outside prove who they are.'),
    onStale: field(
      onStale,
      'What happens when the registry has not been readable for over an hour: serve, or refuse (the default where access rules exist).',
    ),
    normalization: field(normalization, normalizationText),
  }),
  v.title('Selvedge service'),
  v.description('One service of the mesh: its versions, routes and access.'),
);

/** A service document as people write it. */
export type ServiceDocument = v.InferInput<typeof serviceSchema>;
