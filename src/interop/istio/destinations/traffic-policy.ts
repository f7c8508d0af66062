/** TrafficPolicy: how calls are spread over endpoints, and which of them are left out. */
import { ownEntry } from '../../../core/own-entry.ts';
import type { Balance, Outlier } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { readDuration } from '../durations.ts';
import type { TrafficSettings } from './subset.ts';

const refused = {
  tunnel: 'calls through a tunnel',
  proxyProtocol: 'a Worker is called by HTTP alone',
  retryBudget: 'a budget of retries belongs to a route: retry.budget',
};

/** What of a policy a service or version has; TLS is read by whoever knows the host. */
export function convertTrafficPolicy(policy: Located, hasLocalities: boolean): TrafficSettings {
  policy.only(['loadBalancer', 'connectionPool', 'outlierDetection', 'tls', 'portLevelSettings'], refused);
  readConnectionPool(policy.get('connectionPool'));
  const outlier = convertOutlier(policy.get('outlierDetection'));
  const balance = convertBalance(policy.get('loadBalancer'), hasLocalities && outlier !== undefined);
  return { ...(balance === undefined ? {} : { balance }), ...(outlier === undefined ? {} : { outlier }) };
}

const poolRefusals = {
  http1MaxPendingRequests: 'the mesh does not bound the requests that wait for a service',
  http2MaxRequests: 'the mesh does not bound the requests to a service at once',
  maxRetries: 'retries are bounded by a route: retry.budget',
};

/** Workers share no connections; only bounds on requests would change what callers see. */
function readConnectionPool(pool: Located): void {
  pool.only(['tcp', 'http']);
  pool.get('tcp').pointless('Workers are called without TCP connections of their own');
  const http = pool.get('http');
  const pointless = [
    'idleTimeout',
    'maxRequestsPerConnection',
    'h2UpgradePolicy',
    'useClientProtocol',
    'maxConcurrentStreams',
  ];
  http.only(pointless, poolRefusals);
  for (const name of pointless) http.get(name).pointless('Workers are called without connections of their own');
}

const algorithms: Readonly<Record<string, Balance['algorithm']>> = {
  ROUND_ROBIN: 'round-robin',
  LEAST_REQUEST: 'least-request',
  LEAST_CONN: 'least-request',
  RANDOM: 'random',
};

/** `prefersNear`: endpoints that have localities, and are left out when they fail, are taken near first where nothing is said. */
function convertBalance(balancer: Located, prefersNear: boolean): Balance | undefined {
  const warmup = 'endpoints of a mesh of Workers are not warmed up';
  balancer.only(['simple', 'consistentHash', 'localityLbSetting', 'warmup', 'warmupDurationSecs']);
  balancer.get('warmup').pointless(warmup);
  balancer.get('warmupDurationSecs').pointless(warmup);
  const simple = balancer.get('simple').text();
  const algorithm = simple === undefined ? undefined : ownEntry(algorithms, simple);
  if (simple === 'PASSTHROUGH') balancer.get('simple').refuse('a call goes to an endpoint of a version');
  else if (simple !== undefined && algorithm === undefined && simple !== 'UNSPECIFIED')
    balancer.get('simple').wrong(`one of ${Object.keys(algorithms).join(', ')}`);
  const by = convertHash(balancer.get('consistentHash'));
  const setting = balancer.get('localityLbSetting');
  const locality = setting.present ? convertLocality(setting) : prefersNear ? {} : undefined;
  const balance: Balance = {
    ...(by === undefined ? (algorithm === undefined ? {} : { algorithm }) : { algorithm: 'consistent-hash', by: [by] }),
    ...(locality === undefined ? {} : { locality }),
  };
  return Object.keys(balance).length === 0 ? undefined : balance;
}

type HashKey = NonNullable<Balance['by']>[number];

function convertHash(hash: Located): HashKey | undefined {
  if (!hash.present) return undefined;
  const pointless = ['minimumRingSize', 'ringHash', 'maglev'];
  hash.only(['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName', ...pointless]);
  for (const name of pointless) hash.get(name).pointless('the mesh hashes without a table');
  const header = hash.get('httpHeaderName').text();
  if (header !== undefined) return { header };
  const queryParam = hash.get('httpQueryParameterName').text();
  if (queryParam !== undefined) return { queryParam };
  if (hash.get('useSourceIp').flag() === true) return { address: true };
  const cookie = hash
    .get('httpCookie')
    .only(['name', 'path', 'ttl'], { attributes: 'a cookie of the mesh has fixed attributes' });
  const name = cookie.get('name').text();
  if (name === undefined) {
    hash.wrong('one of httpHeaderName, httpCookie, useSourceIp and httpQueryParameterName');
    return undefined;
  }
  const path = cookie.get('path').text() || undefined;
  const ttl = readDuration(cookie.get('ttl'));
  return { cookie: name, ...(ttl === undefined ? {} : { ttl }), ...(path === undefined ? {} : { path }) };
}

/** Region, zone and sub-zone are what the mesh goes by, in this order. */
const usualPriority = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone'];

function convertLocality(setting: Located): NonNullable<Balance['locality']> {
  setting.only(['enabled', 'distribute', 'failover', 'failoverPriority']);
  const enabled = setting.get('enabled').flag();
  const distribute = setting
    .get('distribute')
    .items()
    .map((item) => {
      item.only(['from', 'to']);
      const to = item
        .get('to')
        .entries()
        .map(([place, share]) => [place, share.number() ?? 0] as const);
      return { from: item.get('from').text() ?? '', to: Object.fromEntries(to) };
    });
  const failover = setting
    .get('failover')
    .items()
    .map((item) => {
      item.only(['from', 'to']);
      return { from: item.get('from').text() ?? '', to: item.get('to').text() ?? '' };
    });
  const priority = setting
    .get('failoverPriority')
    .items()
    .map((item) => item.text() ?? '');
  if (!priority.every((label, index) => label === usualPriority[index]))
    setting.get('failoverPriority').refuse('endpoints are near by region, zone and sub-zone', usualPriority.join(', '));
  return {
    ...(enabled === undefined ? {} : { enabled }),
    ...(distribute.length === 0 ? {} : { distribute }),
    ...(failover.length === 0 ? {} : { failover }),
  };
}

const outlierRefusals = {
  minHealthPercent: 'endpoints that fail are left out however few there are, up to maxEjectionPercent',
  splitExternalLocalOriginErrors: 'no answer and a 5xx are the same kind of error here',
  consecutiveLocalOriginFailures: 'no answer and a 5xx are the same kind of error here',
};

/** Without its numbers Istio has five errors, 10 s, 30 s and a tenth, as the mesh has. */
function convertOutlier(detection: Located): Outlier | undefined {
  if (!detection.present) return undefined;
  detection.only(
    [
      'consecutive5xxErrors',
      'consecutiveErrors',
      'consecutiveGatewayErrors',
      'interval',
      'baseEjectionTime',
      'maxEjectionPercent',
    ],
    outlierRefusals,
  );
  const gateway = detection.get('consecutiveGatewayErrors').number() ?? 0;
  const errors = detection.get('consecutive5xxErrors').number() ?? detection.get('consecutiveErrors').number();
  if (gateway > 0)
    detection.get('consecutiveGatewayErrors').refuse('all statuses from 500 count as errors', 'consecutive5xxErrors');
  if (errors === 0) return undefined;
  const interval = readDuration(detection.get('interval'));
  const baseEjection = readDuration(detection.get('baseEjectionTime'));
  const maxEjectedPercent = detection.get('maxEjectionPercent').number();
  return {
    ...(errors === undefined ? {} : { consecutiveErrors: errors }),
    ...(interval === undefined ? {} : { interval }),
    ...(baseEjection === undefined ? {} : { baseEjection }),
    ...(maxEjectedPercent === undefined ? {} : { maxEjectedPercent }),
  };
}
