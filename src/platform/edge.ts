/** Puts an edge together from its bindings, once per isolate: what lives here is plain data, functions and bindings. */

import type { Service } from '../proxy/call.ts';
import type { Deps } from '../proxy/deps.ts';
import { edgeService } from '../proxy/pipeline.ts';
import { createIdSource } from '../telemetry/ids.ts';
import type { EdgeEnv } from './edge-env.ts';
import { edgeIdentities } from './identity/identity-client.ts';
import { KvRegistry } from './registry/registry.ts';
import { edgeTelemetry } from './telemetry/edge-telemetry.ts';
import { BindingTransport } from './transport.ts';

export interface Edge {
  readonly service: Service;
  readonly now: () => number;
}

/** `baked` holds the documents that the deployment put into the bundle, by KV key. */
export function createEdge(env: EdgeEnv, baked: Readonly<Record<string, string>>): Edge {
  const now = () => Date.now();
  const registry = new KvRegistry({ kv: env.REGISTRY, vars: env, baked, now });
  const ids = createIdSource((bytes) => crypto.getRandomValues(bytes));
  const telemetry = edgeTelemetry({
    namespace: env.TELEMETRY,
    services: env.SERVICES,
    report: (service, inFlight) => registry.report(service, inFlight),
    ids,
    now,
    random: Math.random,
  });
  const deps: Deps = {
    registry,
    telemetry,
    identities: edgeIdentities({
      authorityOf: () => env.IDENTITY,
      fetch: (url, init) => fetch(url, init),
      now,
      // Only `dev` writes hosts into an edge's config.
      allowLoopback: Object.keys(env.HOSTS).length > 0,
    }),
    transport: new BindingTransport(env, now),
    now,
    random: Math.random,
    sleep: (ms) => scheduler.wait(ms),
  };
  registry.attach(deps);
  return { service: edgeService(deps), now };
}
