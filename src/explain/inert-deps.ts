/** Dependencies with which the data path can be run and nothing happens: it sends nothing, waits for nothing, and draws what it is told. */
import type { Endpoint } from '../model/snapshot.ts';
import type { Deps } from '../proxy/deps.ts';

/** Whether the edge has a way to an endpoint; what nobody knows counts as reached. */
export type Resolves = (endpoint: Endpoint) => boolean;

/** What an attempt would have sent. */
export interface Sent {
  readonly endpoint: Endpoint;
  /** Undefined for RPC. */
  readonly request?: Request;
}

export interface InertOptions {
  readonly random: () => number;
  /** The instant at which the clock stands still. */
  readonly atMs: number;
  readonly resolves: Resolves;
  readonly onSend?: (sent: Sent) => void;
}

/** Every attempt is answered at once, with 200 or `undefined`. */
export function inertDeps({ random, atMs, resolves, onSend }: InertOptions): Deps {
  const unasked = (): never => {
    throw new Error('Only what stands below `match` is explained.');
  };
  return {
    registry: { lookup: unasked, serviceForHost: unasked, settings: unasked },
    telemetry: {
      open: () => {},
      expire: () => {},
      close: () => {},
      newTraceId: () => '0'.repeat(32),
      newSpanId: () => '0'.repeat(16),
      ownShard: () => 'shard-0',
    },
    identities: { identifyPublic: unasked, identifyUser: unasked, tokenFor: async () => undefined },
    transport: {
      resolves: (endpoint, _upstream, kind) => !(endpoint.kind === 'url' && kind === 'rpc') && resolves(endpoint),
      fetch: async (endpoint, _upstream, request) => {
        onSend?.({ endpoint, request });
        return new Response(null);
      },
      call: async (endpoint) => {
        onSend?.({ endpoint });
        return { value: undefined };
      },
    },
    now: () => atMs,
    random,
    sleep: async () => {},
  };
}
