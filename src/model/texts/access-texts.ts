/** What each field of an access section means, in a service document and in the mesh's defaults. */
import type { FieldTexts } from './field-texts.ts';

const areaTexts: FieldTexts = {
  continents: 'Continents: EU, NA ...',
  countries: 'Countries: DE, US ...',
  colos: 'Data centres: TXL ...',
};

const fromTexts: FieldTexts = {
  principals:
    'Callers with a proven identity: `orders`, `orders-*`, `*-job`, whole ids (spiffe://...), `declared` for every Worker that has a binding to this service, `*` for every caller with an identity.',
  notPrincipals: 'Callers that the entry is not about; it then holds for callers without an identity too.',
  requestPrincipals:
    'End users by issuer and subject of their verified token, `https://issuer.example/alice`; `*` at one end stands for any text, alone for every end user.',
  notRequestPrincipals: 'End users that the entry is not about; it then holds for calls without a token too.',
  services: 'Calling services of this mesh by name: `orders`, `orders-*`, `*-job`, `*`.',
  notServices: 'Calling services that the entry is not about.',
  namespaces:
    "Namespaces in the ids of other meshes' callers (spiffe://.../ns/NAMESPACE/sa/...); `*` stands for any text.",
  notNamespaces: 'Namespaces that the entry is not about.',
  serviceAccounts: "Service accounts in the ids of other meshes' callers, as namespace/name.",
  notServiceAccounts: 'Service accounts that the entry is not about.',
  trustDomains: "Trust domains of callers' ids; `*` stands for any text.",
  notTrustDomains: 'Trust domains that the entry is not about.',
  ipBlocks: 'Addresses or blocks of the address that connected; a call inside the mesh has none.',
  notIpBlocks: 'Addresses that the entry is not about.',
  remoteIpBlocks:
    "Addresses or blocks of the client's address, by public.clientAddress; a call inside the mesh has none.",
  notRemoteIpBlocks: "Clients' addresses that the entry is not about.",
  versions: 'Versions of the calling service.',
  notVersions: 'Versions of the calling service that the entry is not about.',
  geo: ['Where a caller from outside is, as the platform says; a call inside the mesh is nowhere.', areaTexts],
  notGeo: ['Where a caller is not: in none of these places.', areaTexts],
};

const toTexts: FieldTexts = {
  methods: 'HTTP methods of a fetch.',
  notMethods: 'HTTP methods that the entry is not about.',
  paths:
    'Canonical paths of a fetch: exact, `/admin/*`, `*.json`, `*`, or templates with `{*}` (one segment) and `{**}` (any number).',
  notPaths: 'Paths that the entry is not about.',
  hosts:
    'Hosts of a fetch, without regard to case: exact, `*.example.com`, `example.*` or `*`, at any port; `example.com:8443` and `*:8443` at that one.',
  notHosts: 'Hosts that the entry is not about.',
  ports: 'Ports of a fetch; without one in its URL the usual port of its scheme.',
  notPorts: 'Ports that the entry is not about.',
  rpc: 'RPC methods: `charge`, `refund*`, `users.list` for a nested one. Whoever may read an object (`users`) may call all that it has.',
  notRpc: 'RPC methods that the entry is not about.',
};

const ruleTexts: FieldTexts = {
  name: 'Name of the rule, in traces.',
  action:
    'What happens to a call that the rule matches: allow, deny, audit (the trace says so, nothing else happens) or custom (the provider decides).',
  provider: 'Of action custom: one of the providers.',
  dryRun: 'true: the rule decides nothing; traces and metrics say what it would have decided.',
  from: ['Callers; one of a list must hold. Everybody by default.', fromTexts],
  to: ['What is called; one of a list must hold. Everything by default.', toTexts],
  when: [
    'Conditions that must all hold.',
    {
      key: 'request.headers[NAME], request.auth.principal, request.auth.audiences, request.auth.presenter, request.auth.claims[NAME] (nested: [a][b]), source.ip, source.principal, source.service, source.namespace, source.serviceAccount, source.trustDomain, source.version, remote.ip or destination.port.',
      values:
        'One of these must fit; `*` at one end stands for any text, alone for any value. Addresses may be blocks.',
      notValues: 'None of these may fit.',
    },
  ],
  during: [
    'When the rule is there; one of a list must hold. Always by default.',
    {
      from: 'The first instant (RFC 3339).',
      until: 'The instant at which it ends.',
      days: 'Days of the week, in the time zone.',
      hours: 'Hours of the day, in the time zone; over midnight they begin on the named days.',
      timeZone: 'IANA time zone of days and hours; UTC by default.',
    },
  ],
};

const providerTexts: FieldTexts = {
  service: 'A service of the mesh that decides.',
  worker: 'A Worker that decides, by a binding of the edge.',
  url: 'Base of the URL that decides.',
  pathPrefix: "What stands before the call's path in the question; before /rpc/METHOD for an RPC call.",
  timeout: 'How long a call waits for the verdict; 500ms by default.',
  failOpen: 'true lets calls pass where there is no verdict; false (the default) refuses them.',
  statusOnError: 'Status of a call for which there is no verdict; 403 by default.',
  requestHeaders: 'Request headers that go into the question, beside authorization.',
  addHeaders: 'Headers that are added to the question.',
  upstreamHeaders:
    'Headers of an allowing verdict that replace those of the call; one that the verdict has not is removed, unless the question had it.',
  downstreamHeaders:
    'Headers of a refusing verdict that the caller gets; all but those about the connection by default.',
  cache: ['Verdicts on equal questions are used again by an isolate.', { ttl: 'For how long.' }],
};

const sharedTexts: FieldTexts = {
  mode: '`strict` refuses a caller who has not proven who it is; permissive by default.',
  default:
    'What becomes of a call that no rule decides: deny, also where there is no allow rule; by default it is denied where there are allow rules and allowed where there are none.',
  rules: [
    'Rules of action custom are asked first, then a deny that matches wins. Where there are allow rules, a call that matches none of them is denied; where there is none, it is allowed.',
    ruleTexts,
  ],
  providers: [
    'External authorisers, by name: status 200 allows, from 500 on there is no verdict, any other refuses with its own answer.',
    providerTexts,
  ],
};

export const meshAccessTexts: FieldTexts = sharedTexts;

export const accessTexts: FieldTexts = {
  ...sharedTexts,
  inherit:
    'false leaves out what the mesh document says of access by default; shown as an exception by `selvedge access`.',
};
