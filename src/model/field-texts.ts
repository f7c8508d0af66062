/**
 * What each field means, for editors: the text beside the fields in the JSON Schema. It stands here and not in the schemas, so that
 * an edge, which needs the schemas to judge what it reads, does not carry it. A test holds that every field has its text.
 */

/** Field -> its text, with the fields below it where it is an object, or a list or map of objects. */
export interface FieldTexts {
  readonly [field: string]: string | readonly [text: string, below: FieldTexts];
}

const headerPair: FieldTexts = { name: 'Header name.', value: 'Header value.' };

const headerChange: FieldTexts = {
  set: ['Headers that replace whatever was there.', headerPair],
  add: ['Headers that are added to what was there.', headerPair],
  remove: 'Headers that are taken away.',
};

const filter: FieldTexts = {
  type: 'Which filter it is.',
  requestHeaderModifier: ['Changes to the headers of the request, for type RequestHeaderModifier.', headerChange],
  responseHeaderModifier: ['Changes to the headers of the response, for type ResponseHeaderModifier.', headerChange],
};

const timeouts: FieldTexts = {
  request: 'Time for the whole call, retries included, until the headers of the response are there. `0s` is no limit.',
  backendRequest: 'Time for one attempt. `0s` is no limit. Not more than `request`.',
};

const retry: FieldTexts = {
  attempts: 'Retries after the first try; 0 turns retries off.',
  codes: 'Response statuses that are retried. None by default: only connection errors and thrown exceptions are.',
  backoff: 'Base of the full-jitter exponential back-off; 25ms by default.',
  budget: [
    'Bound of retries over all calls of the route.',
    {
      percent: 'Retries may be this share of the calls; 20 by default.',
      burst: 'Retries that an isolate may do from a standing start; 3 by default.',
    },
  ],
  methods: 'Methods that may be retried beside the idempotent HTTP ones: `POST`, or names of RPC methods.',
  bodyLimit: 'Largest request body that is kept for a retry, in bytes or as "64KiB" (the default); 1MiB at most.',
};

/** Texts of the service document. */
export const serviceTexts: FieldTexts = {
  service: 'Name of the service that this document is about; its key in the registry is `service/` and this name.',
  public: [
    'Hosts under which the service is reached from outside the mesh. Nothing is public by default.',
    {
      hosts: 'Host names, without port.',
      via: 'Who holds the public routes of the Worker after `selvedge deploy`: its edge (the default), or the Worker itself, past the edge (the default where it has static assets).',
    },
  ],
  versions: [
    'The deployed variants of the service, by name.',
    {
      worker: 'Name of the Worker that is this version.',
      version: 'Version id of that Worker (gradual deployments), where it is not the deployed one.',
      url: 'Where the version is reached, if it is no Worker of this account. Its path is put before the path of the call.',
      mtls: 'Name of the mtls_certificates binding with which the edge calls the URL.',
      audience: 'Audience of the token that the edge sends; by default the origin of the URL.',
    },
  ],
  balance: [
    'Balancing among the endpoints of a version. Without effect while each version has one endpoint.',
    { algorithm: 'How an endpoint is chosen among those of one version.' },
  ],
  outlier: [
    'Leaving out endpoints that fail. Without effect while each version has one endpoint.',
    {
      consecutiveErrors: 'Errors in a row after which an endpoint is left out.',
      interval: 'How often endpoints are looked at.',
      baseEjection: 'How long an endpoint is left out the first time.',
      maxEjectedPercent: 'How many of the endpoints may be left out at once.',
    },
  ],
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
            {
              type: 'How the value is compared. Exact by default; RegularExpression is RE2 syntax for the whole value.',
              name: 'Name of the header.',
              value: 'The value that the header must have.',
            },
          ],
          queryParams: [
            'Query parameters of a fetch; of a repeated one the first value counts.',
            {
              type: 'How the value is compared. Exact by default; RegularExpression is RE2 syntax for the whole value.',
              name: 'Name of the query parameter.',
              value: 'The value that the query parameter must have.',
            },
          ],
          rpc: 'RPC method: `charge`, or `refund*` for all that begin so. The match then holds for RPC calls only.',
        },
      ],
      filters: ['Header changes for every backend of the route.', filter],
      backends: [
        'Versions that answer, by weight.',
        {
          version: 'A version that this document declares.',
          weight: 'Share of the attempts, in proportion to the sum of all weights. 1 by default; 0 is none.',
          filters: ['Header changes for this backend only.', filter],
        },
      ],
      timeouts: ['Time limits; what is missing comes from the mesh document.', timeouts],
      retry: ['When and how often an attempt is repeated; comes from the mesh document where it is missing.', retry],
    },
  ],
  access: [
    'Who may call. Without it every caller may.',
    {
      mode: '`strict` refuses a caller without a verified principal; permissive by default.',
      rules: [
        'A deny that matches wins. Where there are allow rules, a call that matches none of them is denied; where there is none, it is allowed.',
        {
          name: 'Name of the rule, in traces.',
          action: 'What happens to a call that the rule matches.',
          from: [
            'Callers; one of a list must hold. Everybody by default.',
            {
              principals:
                'Callers that the entry is about. `declared` is every Worker that has a binding to this service; `*` is every caller with an identity.',
              notPrincipals: 'Callers that the entry is not about.',
            },
          ],
          to: [
            'What is called; one of a list must hold. Everything by default.',
            {
              methods: 'HTTP methods of a fetch.',
              paths:
                'Canonical paths of a fetch: exact, `/admin/*`, `*.json`, `*`, or templates with `{*}` (one segment) and `{**}` (any number).',
              hosts: 'Hosts of a fetch.',
              rpc: 'RPC methods: `charge`, `refund*`, `users.list` for a nested one. Whoever may read an object (`users`) may call all that it has.',
            },
          ],
        },
      ],
    },
  ],
  authentication: [
    'How callers from outside prove who they are.',
    {
      jwt: [
        'Issuers whose tokens are accepted on the public door.',
        {
          issuer: 'The `iss` claim.',
          audiences: 'Values of `aud` of which one must be in the token.',
          jwksUri: 'Where the keys of the issuer are published.',
          jwks: ['The keys themselves, instead of jwksUri.', { keys: 'Public keys (RFC 7517).' }],
        },
      ],
      mtls: [
        'Client certificates on the public door.',
        {
          certificates: [
            'Client certificates and the principals that they prove.',
            {
              fingerprint: 'SHA-256 fingerprint of the client certificate.',
              subject: 'Subject of the client certificate as an RFC 2253 name.',
              principal: 'Who holds the certificate.',
            },
          ],
        },
      ],
    },
  ],
  onStale:
    'What happens when the registry has not been readable for over an hour: serve, or refuse (the default where access rules exist).',
  normalization:
    'How paths are made canonical before anything looks at them: base (the default), merge-slashes, decode-and-merge-slashes, or none, which no service with rules by path may use.',
};

/** Texts of the mesh document. */
export const meshTexts: FieldTexts = {
  mesh: 'Name of the mesh, for people.',
  trustDomain: 'The first part of every principal, spiffe://TRUST_DOMAIN/svc/SERVICE; mesh.local by default.',
  carry: 'Request headers that go along with every call that a call causes.',
  telemetry: [
    'What is recorded.',
    {
      sampling: 'Share of the journeys whose traces are kept, as "5%" or 0 to 1; errors always are. "100%" by default.',
      shards: 'Over how many Durable Objects traces are spread; 8 by default.',
      openCallBound: 'After this long an open call without a deadline counts as cancelled; 30s by default.',
    },
  ],
  defaults: [
    'What services and routes get where their own document says nothing.',
    {
      timeouts: ['Time limits of routes that set none.', timeouts],
      retry: ['Retries of routes that set none.', retry],
      onStale: 'What services do with a document that could not be refreshed for over an hour.',
      normalization:
        'How paths are made canonical before anything looks at them: base (the default), merge-slashes, decode-and-merge-slashes, or none, which no service with rules by path may use.',
    },
  ],
};
