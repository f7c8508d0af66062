/**
 * W3C Trace Context, level 1: parsing and writing of `traceparent`, and our one member of `tracestate`.
 * A malformed header is ignored and a new trace begins, as section 3.2.2 and 3.3.1 of the recommendation demand.
 */
import { tracestateMember } from '../wire.ts';

export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** The span that is the parent of whatever happens next: 16 lower-case hex digits. */
  readonly spanId: string;
  readonly sampled: boolean;
}

const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeroTraceId = '0'.repeat(32);
const zeroSpanId = '0'.repeat(16);

/** Reads a `traceparent` value; `undefined` where it is absent or malformed. Versions above 00 are read by their first four fields. */
export function parseTraceparent(value: string | null | undefined): TraceContext | undefined {
  if (value === null || value === undefined) return undefined;
  const found = traceparentForm.exec(value.trim());
  if (found === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = found;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === zeroTraceId || spanId === zeroSpanId) return undefined;
  return {
    traceId: traceId as string,
    spanId: spanId as string,
    sampled: (Number.parseInt(flags as string, 16) & 1) === 1,
  };
}

/** Writes a version-00 `traceparent`. */
export function formatTraceparent(context: TraceContext): string {
  return `00-${context.traceId}-${context.spanId}-${context.sampled ? '01' : '00'}`;
}

/** The telemetry shard that the first edge of this journey chose, if one did. */
export function readShard(tracestate: string | null | undefined): string | undefined {
  if (!tracestate) return undefined;
  for (const member of tracestate.split(',')) {
    const trimmed = member.trim();
    if (trimmed.startsWith(`${tracestateMember}=`)) return trimmed.slice(tracestateMember.length + 1) || undefined;
  }
  return undefined;
}

/** Puts our member first and keeps the others in order; at most 32 members stay (section 3.3.1.1). */
export function writeShard(tracestate: string | null | undefined, shard: string): string {
  const mine = `${tracestateMember}=${shard}`;
  if (!tracestate) return mine;
  return [mine, ...othersOf(tracestate).slice(0, 31)].join(',');
}

/** `tracestate` without our member, for whoever is no part of the mesh; `''` where nothing is left. */
export function withoutShard(tracestate: string): string {
  return othersOf(tracestate).join(',');
}

function othersOf(tracestate: string): string[] {
  return tracestate
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '' && !member.startsWith(`${tracestateMember}=`));
}
