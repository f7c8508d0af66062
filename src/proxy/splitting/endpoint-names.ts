/** What endpoints are called: in records and errors, and under which key an isolate remembers how one of them does. */
import type { Endpoint } from '../../model/snapshot.ts';
import { textLimits } from '../../telemetry/batch.ts';

/** Tells an endpoint from all others of its version. */
export function endpointKey(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'worker':
      return endpoint.worker;
    case 'worker-version':
      return `${endpoint.worker}@${endpoint.workerVersion}`;
    case 'service':
      return endpoint.service;
    case 'url':
      return endpoint.mtls === undefined ? endpoint.url : `${endpoint.url} ${endpoint.mtls}`;
  }
}

/** How records and errors name an endpoint that is alone: its Worker or service, or the origin of its URL. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === 'url') return new URL(endpoint.url).origin;
  return endpoint.kind === 'service' ? endpoint.service : endpoint.worker;
}

/** The names of several endpoints, by which records tell them from each other. */
export function endpointNames(endpoints: readonly Endpoint[]): readonly string[] {
  const short = endpoints.map(endpointName);
  return endpoints.map((endpoint, index) => {
    const name = short[index] as string;
    if (short.indexOf(name) === short.lastIndexOf(name)) return name;
    const key = endpointKey(endpoint);
    return key.length <= textLimits.endpoint ? key : `${name}#${index + 1}`;
  });
}
