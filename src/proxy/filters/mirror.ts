/**
 * Sends copies of a call elsewhere: fire and forget. A copy is made of what the backend gets, leaves when the call has its reply, and neither
 * delays nor fails it: its answer is dropped, and what went wrong stands in the trace only.
 *
 * A body is copied while it streams to the backend, up to a bound; a call with a longer one, or with what can be sent once only (a
 * WebSocket, stubs and streams among the arguments of an RPC call), is not copied, and the trace says so.
 */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { isPlainData } from '../../core/plain-data.ts';
import { parseContentLength } from '../../core/retries/retry-policy.ts';
import type { Backend, MirrorRule, Route } from '../../model/snapshot.ts';
import { type AttemptRecord, type CallRecord, underWay } from '../../telemetry/batch.ts';
import { readAnnounced, takesBody } from '../bounded-body.ts';
import type { Call, Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { dispatch } from '../dispatch.ts';
import { letGo, replyStatus, stack } from '../service.ts';
import { endpointChoice } from '../splitting/endpoint-choice.ts';
import { within } from '../within.ts';
import { sign } from './sign.ts';

/** Longest body of which copies are made. */
export const mirroredBodyBytes = 65_536;
/** A copy that has no answer after this long is given up; sooner where the route's own calls are. */
export const mirrorLimitMs = 10_000;

/** What a copy is sent with, or why there is none. */
type Copy = { readonly body: ArrayBuffer | undefined } | { readonly refused: string };

/** Undefined where the route itself copies no calls. Reply and errors are those of the call. */
export function mirror(parts: RouteParts): Filter | undefined {
  const senders = sendersOf(parts, parts.route?.mirrors ?? []);
  return senders.length === 0 ? undefined : mirrored(parts, () => senders);
}

/** Of the backend that was picked: every attempt that goes to it is copied. */
export function backendMirror(parts: RouteParts): Filter | undefined {
  const senders = new Map<Backend, readonly Sender[]>();
  for (const backend of parts.route?.backends ?? []) {
    if (backend.mirrors !== undefined) senders.set(backend, sendersOf(parts, backend.mirrors));
  }
  if (senders.size === 0) return undefined;
  return mirrored(parts, (call) => (call.attempt && senders.get(call.attempt.backend)) ?? []);
}

function mirrored({ deps, route }: RouteParts, sendersFor: (call: Call) => readonly Sender[]): Filter {
  const limitMs = limitOf(route);
  return (call, next) => {
    const drawn = sendersFor(call).filter(({ share }) => deps.random() < share);
    if (drawn.length === 0) return next(call);
    // Before the call reads its body.
    const copy = copyOf(call, limitMs);
    const reply = next(call);
    const over = reply.then(done, done);
    call.lifetime.waitUntil(
      over.then(() => copy).then((made) => Promise.all(drawn.map(({ send }) => send(call, made)))),
    );
    return reply;
  };
}

function limitOf(route: Route | undefined): number {
  return Math.min(route?.requestTimeoutMs ?? mirrorLimitMs, mirrorLimitMs);
}

function done(): void {}

async function copyOf(call: Call, limitMs: number): Promise<Copy> {
  if (call.kind === 'rpc') {
    const plain = call.args !== undefined && isPlainData(call.args);
    return plain ? { body: undefined } : { refused: 'its arguments are not plain data' };
  }
  const { request, bufferedBody } = call;
  if (request.headers.has('upgrade')) return { refused: 'it upgrades its connection' };
  if (bufferedBody !== undefined) return sized(bufferedBody);
  if (request.body === null) return { body: undefined };
  const announced = parseContentLength(request.headers.get('content-length'));
  if (announced !== 0 && !takesBody(request.method))
    return { refused: `a ${request.method} with a body cannot be made` };
  if ((announced ?? 0) > mirroredBodyBytes) return tooLong;
  try {
    const { body } = request.clone();
    if (body === null) return { body: undefined };
    return {
      body: await within(limitMs, readAnnounced(body, mirroredBodyBytes), () => ({ code: 'deadline_exceeded' })),
    };
  } catch (error) {
    if (error instanceof MeshFailure && error.error.code === 'bad_request') return tooLong;
    return { refused: 'its body did not arrive' };
  }
}

const tooLong: Copy = { refused: `its body is longer than ${mirroredBodyBytes} bytes` };

function sized(body: ArrayBuffer): Copy {
  return body.byteLength > mirroredBodyBytes ? tooLong : { body };
}

interface Sender {
  readonly share: number;
  /** Sends one copy; never rejects. */
  readonly send: (call: Call, copy: Copy) => Promise<void>;
}

/** A copy passes the same last filter as an attempt, with a span of its own. */
function sendersOf(parts: RouteParts, rules: readonly MirrorRule[]): readonly Sender[] {
  const { deps, route, snapshot } = parts;
  const filter = sign(parts);
  const leaf = stack(filter === undefined ? [] : [filter], dispatch(deps));
  const limitMs = limitOf(route);
  return rules.map(({ target, share }) => {
    const choice = endpointChoice(deps, snapshot.service, target);
    const backend: Backend = { version: target.name, weight: 1, target };

    async function attempt(call: Call, body: ArrayBuffer | undefined, record: AttemptRecord): Promise<void> {
      const { endpoint, name } = choice.choose(call, '', []);
      record.endpoint = name;
      const controller = new AbortController();
      const late = () => {
        controller.abort();
        return { code: 'backend_timeout', afterMs: limitMs, version: target.name } as const;
      };
      const made = { backend, endpoint, record, signal: controller.signal };
      const copied = { ...call, attempt: made, deadlineMs: record.startMs + limitMs };
      const sending = leaf(copied.kind === 'rpc' ? copied : { ...copied, bufferedBody: body });
      const reply = await within(limitMs, sending, late, letGo);
      record.status = replyStatus(reply);
      record.outcome = 'response';
      await letGo(reply);
    }

    async function send(call: Call, copy: Copy): Promise<void> {
      const entry = newAttempt(deps.telemetry.newSpanId(), target.name, deps.now());
      const record = newRecord(call, entry);
      deps.telemetry.open(record, entry.startMs + limitMs);
      if ('refused' in copy) {
        entry.outcome = 'not_sent';
        record.reason = `not mirrored: ${copy.refused}`;
      } else {
        try {
          await attempt(call, copy.body, entry);
        } catch (error) {
          // An RPC method that threw has answered.
          const answered = call.kind === 'rpc' && !(error instanceof MeshFailure);
          entry.outcome = error instanceof MeshFailure ? error.error.code : answered ? 'response' : 'internal';
          entry.status = answered ? 500 : 0;
        }
      }
      entry.durationMs = deps.now() - entry.startMs;
      record.outcome = entry.outcome;
      record.status = entry.status;
      record.durationMs = entry.durationMs;
      deps.telemetry.close(record, call.lifetime);
    }

    return { share, send };
  });
}

function newAttempt(spanId: string, version: string, startMs: number): AttemptRecord {
  return { spanId, version, endpoint: '', startMs, durationMs: underWay, status: 0, outcome: 'cancelled' };
}

/** A copy is recorded apart from its call, since it may end long after it. */
function newRecord(call: Call, attempt: AttemptRecord): CallRecord {
  const { record } = call;
  return {
    ...record,
    spanId: attempt.spanId,
    parentSpanId: record.spanId,
    mirror: true,
    version: attempt.version,
    status: 0,
    outcome: 'cancelled',
    reason: '',
    audit: undefined,
    shadow: undefined,
    shadowRule: undefined,
    startMs: attempt.startMs,
    durationMs: underWay,
    attempts: [attempt],
  };
}
