/** Who may call: Istio's AuthorizationPolicy in the words of the mesh. */
import {
  absoluteUrl,
  anyMethod,
  duration,
  givenName,
  headerName,
  headerValue,
  rpcPattern,
  workerName,
} from './fields.ts';
import {
  closed,
  counted,
  flag,
  list,
  needed,
  notEmpty,
  oneOf,
  oneOrMany,
  record,
  text,
  type ValueOf,
  whole,
  word,
} from './form.ts';
import { areas } from './geo.ts';

/** `*` at one end at most; `declared` is a word of its own. */
export const principalPattern = text(/^(?:\*?[!-)+-~]{1,512}|[!-)+-~]{1,512}\*|\*)$/);

export const principals = list(principalPattern, 256, 1);

/** Issuer and subject of an end user, `https://issuer.example/alice`; subjects may hold spaces. */
export const requestPrincipalPattern = text(/^[\x20-\x7e]{1,1024}$/);
const requestPrincipals = list(requestPrincipalPattern, 256, 1);

export const servicePattern = text(/^(?:\*?[a-z0-9_-]{1,63}|[a-z0-9_-]{1,63}\*|\*)$/);
const services = list(servicePattern, 256, 1);

/** `*` anywhere, as in Istio. */
export const namespacePattern = text(/^[A-Za-z0-9._*-]{1,253}$/);
const namespaces = list(namespacePattern, 256, 1);

export const serviceAccount = text(/^[!-.0-~]{1,253}\/[!-.0-~]{1,253}$/);
const serviceAccounts = list(serviceAccount, 256, 1);

export const trustDomainPattern = text(/^[a-z0-9._*-]{1,255}$/);
const trustDomains = list(trustDomainPattern, 64, 1);

export const ipBlock = text(/^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:\/[0-9]{1,3})?$/);
const ipBlocks = list(ipBlock, 1024, 1);

export const accessPath = text(/^[\x21-\x7e]{1,2048}$/);
const paths = list(accessPath, 128, 1);

/** `*.example.com`, `example.*`, `*`: one asterisk at one end, as in Istio. */
export const accessHost = text(/^(?:\*|\*?[A-Za-z0-9._:[\]-]{1,253}|[A-Za-z0-9._:[\]-]{1,253}\*)$/);
const hosts = list(accessHost, 128, 1);

const methods = list(anyMethod, 32, 1);
const ports = list(whole(1, 65_535), 32, 1);
const rpcMethods = list(rpcPattern, 128, 1);
const versions = list(givenName, 64, 1);

const from = closed(
  {
    principals,
    notPrincipals: principals,
    requestPrincipals,
    notRequestPrincipals: requestPrincipals,
    services,
    notServices: services,
    namespaces,
    notNamespaces: namespaces,
    serviceAccounts,
    notServiceAccounts: serviceAccounts,
    trustDomains,
    notTrustDomains: trustDomains,
    ipBlocks,
    notIpBlocks: ipBlocks,
    remoteIpBlocks: ipBlocks,
    notRemoteIpBlocks: ipBlocks,
    versions,
    notVersions: versions,
    geo: areas,
    notGeo: areas,
  },
  notEmpty,
);

const to = closed(
  {
    methods,
    notMethods: methods,
    paths,
    notPaths: paths,
    hosts,
    notHosts: hosts,
    ports,
    notPorts: ports,
    rpc: rpcMethods,
    notRpc: rpcMethods,
  },
  notEmpty,
);

/** What a condition is about; `conditionKey` in src/core says which keys there are. */
export const conditionName = text(/^[a-z]+(?:\.[A-Za-z]+)+(?:\[[^[\]\s]{1,256}\])*$/);
export const conditionValue = text(/^[\x20-\x7e]{1,2048}$/);
const conditionValues = list(conditionValue, 256, 1);

const condition = closed(
  {
    key: needed(conditionName),
    values: conditionValues,
    notValues: conditionValues,
  },
  counted(['values', 'notValues'], 1, 2),
);

/** RFC 3339, to the second. */
export const instant = text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)$/);
export const hours = text(/^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/);
export const timeZone = text(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/);

/** When a rule is there; all of its fields must hold. */
const timeWindow = closed(
  {
    from: instant,
    until: instant,
    days: list(word(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']), 7, 1),
    hours,
    timeZone,
  },
  counted(['from', 'until', 'days', 'hours'], 1, 4),
);

const rule = closed({
  name: givenName,
  action: needed(word(['allow', 'deny', 'audit', 'custom'])),
  provider: givenName,
  dryRun: flag,
  from: oneOrMany(from, 64),
  to: oneOrMany(to, 64),
  when: list(condition, 32, 1),
  during: oneOrMany(timeWindow, 16),
});

export const pathPrefix = text(/^\/[!-~]{0,1024}$/);

/** Who decides for rules with `action: custom`: a service of the mesh, a Worker that the edge is bound to, or a URL. */
const provider = closed(
  {
    service: workerName,
    worker: workerName,
    url: absoluteUrl,
    pathPrefix,
    timeout: duration,
    failOpen: flag,
    statusOnError: whole(400, 599),
    requestHeaders: list(headerName, 64, 1),
    addHeaders: record(headerName, headerValue, 32),
    upstreamHeaders: list(headerName, 64, 1),
    downstreamHeaders: list(headerName, 64, 1),
    cache: closed({ ttl: needed(duration) }),
  },
  oneOf('service', 'worker', 'url'),
);

const sharedFields = {
  mode: word(['strict', 'permissive']),
  default: word(['allow', 'deny']),
  rules: list(rule, 256),
  providers: record(givenName, provider, 16),
};

/** Of the mesh document: what holds for every service that does not turn it off. */
export const meshAccess = closed(sharedFields);

export const access = closed({ ...sharedFields, inherit: flag });

/** The sections as people write them. */
export type MeshAccess = ValueOf<typeof meshAccess>;
export type DocumentAccess = ValueOf<typeof access>;
export type DocumentRule = NonNullable<MeshAccess['rules']>[number];
