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
  notEmpty,
  oneOf,
  oneOrMany,
  optional,
  record,
  text,
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
    principals: optional(principals),
    notPrincipals: optional(principals),
    requestPrincipals: optional(requestPrincipals),
    notRequestPrincipals: optional(requestPrincipals),
    services: optional(services),
    notServices: optional(services),
    namespaces: optional(namespaces),
    notNamespaces: optional(namespaces),
    serviceAccounts: optional(serviceAccounts),
    notServiceAccounts: optional(serviceAccounts),
    trustDomains: optional(trustDomains),
    notTrustDomains: optional(trustDomains),
    ipBlocks: optional(ipBlocks),
    notIpBlocks: optional(ipBlocks),
    remoteIpBlocks: optional(ipBlocks),
    notRemoteIpBlocks: optional(ipBlocks),
    versions: optional(versions),
    notVersions: optional(versions),
    geo: optional(areas),
    notGeo: optional(areas),
  },
  notEmpty,
);

const to = closed(
  {
    methods: optional(methods),
    notMethods: optional(methods),
    paths: optional(paths),
    notPaths: optional(paths),
    hosts: optional(hosts),
    notHosts: optional(hosts),
    ports: optional(ports),
    notPorts: optional(ports),
    rpc: optional(rpcMethods),
    notRpc: optional(rpcMethods),
  },
  notEmpty,
);

/** What a condition is about; `conditionKey` in src/core says which keys there are. */
export const conditionName = text(/^[a-z]+(?:\.[A-Za-z]+)+(?:\[[^[\]\s]{1,256}\])*$/);
export const conditionValue = text(/^[\x20-\x7e]{1,2048}$/);
const conditionValues = list(conditionValue, 256, 1);

const condition = closed(
  {
    key: conditionName,
    values: optional(conditionValues),
    notValues: optional(conditionValues),
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
    from: optional(instant),
    until: optional(instant),
    days: optional(list(word(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']), 7, 1)),
    hours: optional(hours),
    timeZone: optional(timeZone),
  },
  counted(['from', 'until', 'days', 'hours'], 1, 4),
);

const rule = closed({
  name: optional(givenName),
  action: word(['allow', 'deny', 'audit', 'custom']),
  provider: optional(givenName),
  dryRun: optional(flag),
  from: optional(oneOrMany(from, 64)),
  to: optional(oneOrMany(to, 64)),
  when: optional(list(condition, 32, 1)),
  during: optional(oneOrMany(timeWindow, 16)),
});

export const pathPrefix = text(/^\/[!-~]{0,1024}$/);

/** Who decides for rules with `action: custom`: a service of the mesh, a Worker that the edge is bound to, or a URL. */
const provider = closed(
  {
    service: optional(workerName),
    worker: optional(workerName),
    url: optional(absoluteUrl),
    pathPrefix: optional(pathPrefix),
    timeout: optional(duration),
    failOpen: optional(flag),
    statusOnError: optional(whole(400, 599)),
    requestHeaders: optional(list(headerName, 64, 1)),
    addHeaders: optional(record(headerName, headerValue, 32)),
    upstreamHeaders: optional(list(headerName, 64, 1)),
    downstreamHeaders: optional(list(headerName, 64, 1)),
    cache: optional(closed({ ttl: duration })),
  },
  oneOf('service', 'worker', 'url'),
);

const sharedFields = {
  mode: optional(word(['strict', 'permissive'])),
  default: optional(word(['allow', 'deny'])),
  rules: optional(list(rule, 256)),
  providers: optional(record(givenName, provider, 16)),
};

/** Of the mesh document: what holds for every service that does not turn it off. */
export const meshAccess = closed(sharedFields);

export const access = closed({ ...sharedFields, inherit: optional(flag) });
