/**
 * What each field of a service document means, for editors: the text beside the fields in the JSON Schema. It stands here and not in the
 * schemas, so that an edge, which needs the schemas to judge what it reads, does not carry it. A test holds that every field has its text.
 */
import { accessTexts } from './access-texts.ts';
import { authenticationTexts } from './authentication-texts.ts';
import type { FieldTexts } from './field-texts.ts';
import { filterTexts } from './filter-texts.ts';
import { retryTexts, timeoutTexts } from './retry-texts.ts';
import { balanceTexts, hashKeyTexts, outlierTexts, placeTexts } from './version-texts.ts';

const valueTypes =
  'How the value is compared: Exact (the default), Prefix, RegularExpression (RE2 syntax, the whole value), Present or Absent.';
const valueMatch = (what: string): FieldTexts => ({
  type: valueTypes,
  name: `Name of the ${what}.`,
  value: `The value that the ${what} must have.`,
  invert: 'true turns the condition around; one about an absent value then holds.',
});

/** Texts of the service document. */
export const serviceTexts: FieldTexts = {
  service: 'Name of the service that this document is about; its key in the registry is `service/` and this name.',
  public: [
    'Hosts under which the service is reached from outside the mesh. Nothing is public by default.',
    {
      hosts: 'Host names without port, or `*.example.com`.',
      listeners: [
        'Listeners of a gateway. Of those whose port and protocol fit a call from outside, the one with the most specific host takes it, alone; a call that none takes matches no route.',
        {
          name: 'Name, to which routes refer.',
          hostname: 'Host or `*.example.com`; any host by default.',
          port: 'Port that was called; any by default.',
          protocol: 'HTTP or HTTPS, as the client called; both by default.',
          httpsRedirect: 'Answers calls over HTTP with a redirect (301) to HTTPS.',
        },
      ],
      httpsRedirect: 'Answers calls over HTTP with a redirect (301) to HTTPS.',
      clientAddress: [
        "Which address of `X-Forwarded-For` is the client's.",
        {
          trustedProxies:
            'How many proxies before the mesh are believed; 0 by default: only the address that connected. Where there are some, `X-Forwarded-Proto` tells httpsRedirect how the client called.',
          header: 'Request header in which the callee finds the address.',
        },
      ],
      via: 'Who holds the public routes of the Worker after `selvedge deploy`: its edge (the default), or the Worker itself, past the edge (the default where it has static assets).',
    },
  ],
  versions: [
    'The deployed variants of the service, by name.',
    {
      ...placeTexts,
      endpoints: [
        'Where the version is reached, if there are several places.',
        {
          ...placeTexts,
          locality: 'Where the endpoint is: EU, EU/DE or EU/DE/TXL.',
          weight: 'Share among the endpoints of the version; 1 by default.',
        },
      ],
      balance: ['Balancing among the endpoints of this version.', balanceTexts],
      outlier: ['Leaving out endpoints of this version that fail.', outlierTexts],
    },
  ],
  balance: ['Balancing among the endpoints of a version.', balanceTexts],
  outlier: ['Leaving out endpoints that fail. An isolate sees its own calls only.', outlierTexts],
  routes: [
    'The first route of which a match holds decides. A document with one version may leave routes out.',
    {
      name: 'Name of the route, in traces and metrics; unique in the document.',
      hostnames: 'Hosts of a fetch that the route is for: exact, or `*.example.com`. All by default.',
      matches: [
        'The route is for calls of which one of these holds. All calls by default.',
        {
          path: [
            'The path of a fetch. A match without it holds for every path, and for RPC calls.',
            {
              type: 'Exact, PathPrefix (by whole segments; the default) or RegularExpression (RE2 syntax, the whole path).',
              value: 'The canonical path, beginning with `/`, or the expression.',
            },
          ],
          method: 'HTTP method of a fetch.',
          headers: [
            'Request headers and carried headers, names without regard to case. Repeated lines count as one, joined by a comma and a space.',
            valueMatch('header'),
          ],
          queryParams: [
            'Query parameters of a fetch, compared decoded; of a repeated one the first value counts.',
            valueMatch('query parameter'),
          ],
          cookies: [
            'Cookies of a fetch, values as they are sent; of a repeated one the first counts.',
            valueMatch('cookie'),
          ],
          claims: [
            "Claims of the end user's token, once it is verified by a rule under authentication.jwt: `sub`, `realm.role` for a nested one, `[a.b]` for a name with dots. Of a list one item must fit; numbers and booleans are compared as text.",
            valueMatch('claim'),
          ],
          host: [
            'The host of a fetch, without port.',
            {
              type: 'Exact (the default), Prefix or RegularExpression.',
              value: 'What it is compared with, in lower case.',
            },
          ],
          scheme: 'Scheme of a fetch.',
          ports: 'Ports of a fetch; without one in its URL the usual port of its scheme.',
          rpc: 'RPC method: `charge`, or `refund*` for all that begin so. The match then holds for RPC calls only.',
          from: [
            'Who calls.',
            {
              principals: 'Callers that the match is about: `orders`, `orders-*`, `declared`, or whole ids.',
              notPrincipals: 'Callers that the match is not about.',
              versions: 'Versions of the calling service.',
            },
          ],
          geo: [
            'Where a caller from outside is, as the platform says; a call inside the mesh never fits.',
            {
              continents: 'Continents: EU, NA ...',
              countries: 'Countries: DE, US ...',
              colos: 'Data centres: TXL ...',
            },
          ],
        },
      ],
      listeners:
        'Listeners of this document whose calls the route is for; all by default. Calls inside the mesh come through no listener, and match whatever stands here.',
      filters: ['What is done with every call of the route.', filterTexts],
      backends: [
        'Versions or services that answer, by weight.',
        {
          version: 'A version that this document declares.',
          service: 'Another service of the mesh, through its edge.',
          weight: 'Share of the attempts, in proportion to the sum of all weights. 1 by default; 0 is none.',
          filters: ['What is done with the calls that go to this backend.', filterTexts],
        },
      ],
      sticky: [
        'The same caller gets the same backend. List the backend that gives its traffic away first: a caller of another backend then stays there while its weight grows.',
        { by: ['What tells callers from each other; the first key that a call has decides.', hashKeyTexts] },
      ],
      sessionPersistence: [
        'A caller by fetch stays with the backend of its first call, whatever the weights become (GEP-1619). A response that switches protocols (101) begins no session.',
        {
          sessionName: 'Name of the cookie or header; a cookie is named after the route by default.',
          type: 'Cookie (the default) or Header.',
          absoluteTimeout: 'Time after which a session ends.',
          idleTimeout: 'Time without a call after which a session ends.',
          cookieConfig: [
            'For type Cookie.',
            { lifetimeType: 'Session (the default: until the browser ends) or Permanent (until absoluteTimeout).' },
          ],
        },
      ],
      follow:
        '`version`: a version that was chosen further up in the journey is chosen here too, where a backend has its name.',
      timeouts: ['Time limits; what is missing comes from the mesh document.', timeoutTexts],
      retry: [
        'When and how often an attempt is repeated; comes from the mesh document where it is missing.',
        retryTexts,
      ],
    },
  ],
  access: ['Who may call. Without it every caller may.', accessTexts],
  authentication: ['How callers prove who they are.', authenticationTexts],
  egress: [
    'Hosts outside of the mesh for which this service stands.',
    {
      hosts:
        'Host names, or `*.example.com`; calls of Workers to them by global fetch go to this service, from the next deployment on. Its versions by URL send no token there unless they name an audience.',
    },
  ],
  onStale:
    'What happens when the registry has not been readable for over an hour: serve, or refuse (the default where access rules exist).',
  normalization:
    'How paths are made canonical before anything looks at them: base (the default), merge-slashes, decode-and-merge-slashes, or none, which no service may use that has rules by path, or puts paths before those of calls.',
};
