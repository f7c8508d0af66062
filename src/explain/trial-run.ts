/** Runs a call through the route's own stack of filters, with nothing behind it: what the edge would answer itself, or what it would send. */
import { describeError } from '../core/errors/error-reply.ts';
import { type MeshError, MeshFailure } from '../core/errors/mesh-error.ts';
import type { Found, Route, Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { routeService } from '../proxy/pipeline.ts';
import { endpointName } from '../proxy/splitting/endpoint-names.ts';
import { inertDeps, type Resolves, type Sent } from './inert-deps.ts';

/** What the edge answers itself, instead of any backend. */
export interface OwnAnswer {
  readonly status: number;
  /** Code of the mesh's error; undefined for a redirect, a direct response or a preflight. */
  readonly code?: MeshError['code'];
  readonly reason: string;
  /** Of a redirect. */
  readonly location?: string;
}

/** What the likeliest backend would be asked for. */
export interface SentRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly url: string;
  /** As the backend sees them; the mesh's own are left out. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface TrialRun {
  readonly answer?: OwnAnswer;
  readonly sent?: SentRequest;
}

/** Headers that an edge adds for the callee's runtime, which takes them off again. */
const meshHeaders = /^(?:selvedge-|traceparent$|tracestate$|baggage$|cloudflare-workers-version-)/;

/** `point` in [0, 1) is where chance falls: where it leads to the backend that is of interest. */
export async function runTrial(
  call: Call,
  found: Found | undefined,
  snapshot: Snapshot,
  resolves: Resolves,
  point: number,
): Promise<TrialRun> {
  let sent: Sent | undefined;
  const onSend = (what: Sent): void => {
    sent ??= what;
  };
  const deps = inertDeps({ random: () => point, atMs: call.startMs, resolves, onSend });
  const route = found && calm(found.route);
  const matched: Call = found === undefined ? call : { ...call, route, matchedPrefix: found.prefix };
  try {
    // What external authorisers would say nobody knows; the rest is told as if they allowed.
    const reply = await routeService(deps, { ...snapshot, consult: undefined }, route)(matched);
    if (sent === undefined && reply instanceof Response) return { answer: ownAnswer(reply) };
    return sent === undefined ? {} : { sent: shown(call, sent) };
  } catch (error) {
    if (!(error instanceof MeshFailure)) throw error;
    const { status, message, reason } = describeError(error.error);
    return { answer: { status, code: error.error.code, reason: reason || message } };
  }
}

/** A fault or a copy that only some calls get is none of this one's: what the document says of it stands among the filters. */
function calm(route: Route): Route {
  const { fault, mirrors: _, ...rest } = route;
  const backends = route.backends.map(({ mirrors: __, ...backend }) => backend);
  const certain = fault?.abort?.share === 1 ? { fault } : {};
  return { ...rest, ...certain, backends };
}

function ownAnswer(reply: Response): OwnAnswer {
  const location = reply.headers.get('location');
  const reason = location === null ? 'the edge answers itself' : 'a redirect';
  return { status: reply.status, reason, ...(location === null ? {} : { location }) };
}

function shown(call: Call, { endpoint, request }: Sent): SentRequest {
  const headers: (readonly [string, string])[] = [];
  request?.headers.forEach((value, name) => {
    if (!meshHeaders.test(name)) headers.push([name, value]);
  });
  return { endpoint: endpointName(endpoint), method: call.method, url: request?.url ?? '', headers };
}
