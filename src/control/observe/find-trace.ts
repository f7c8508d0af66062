/** Finds one trace by its id or by a beginning of it that fits no other. */
import { meshKey } from '../../core/configs/edge-config.ts';
import { parseStored } from '../../model/reading/stored.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import { meshDocument } from '../../model/sound-document.ts';
import type { ControlEnv } from '../../platform/control-env.ts';
import { readDocument } from '../../platform/registry/registry-writer.ts';
import { TelemetryReader } from '../../platform/telemetry/telemetry-reader.ts';
import type { CallRecord } from '../../telemetry/batch.ts';
import { maxTraceLimit } from '../../telemetry/query.ts';

/** The mesh document's default (see its schema). */
const defaultShards = 8;
/** Shards look up beginnings of this many digits; shorter ones are sought among the latest traces. */
const shortestLookup = 8;

async function readMeshDocument(env: ControlEnv): Promise<MeshDocument | undefined> {
  const stored = await readDocument(env.REGISTRY, meshKey);
  const parsed = stored === undefined ? undefined : parseStored(stored.text, meshKey);
  return parsed?.ok === true ? meshDocument(parsed.document) : undefined;
}

/** The mesh's telemetry; `mesh` spares the read where the caller has it. A mesh document that is malformed counts as absent. */
export async function openTelemetry(env: ControlEnv, mesh?: MeshDocument): Promise<TelemetryReader> {
  const document = mesh ?? (await readMeshDocument(env));
  return new TelemetryReader(env.TELEMETRY, document?.telemetry?.shards ?? defaultShards);
}

export type FoundTrace =
  | { readonly ok: true; readonly traceId: string; readonly calls: readonly CallRecord[]; readonly problem: string }
  | {
      readonly ok: false;
      readonly code: 'bad_request' | 'not_found' | 'ambiguous_trace' | 'telemetry_unavailable';
      readonly message: string;
      readonly facts: Readonly<Record<string, unknown>>;
    };

export const traceErrorStatus = {
  bad_request: 400,
  not_found: 404,
  ambiguous_trace: 409,
  telemetry_unavailable: 503,
} as const;

function missing(asked: string, problem: string): FoundTrace {
  if (problem !== '') return { ok: false, code: 'telemetry_unavailable', message: problem, facts: {} };
  const message = `no trace ${asked} is stored; it may be younger than a second, not sampled, or past the retention`;
  return { ok: false, code: 'not_found', message, facts: {} };
}

function ambiguous(asked: string, ids: readonly string[]): FoundTrace {
  return {
    ok: false,
    code: 'ambiguous_trace',
    message: `${ids.length} traces begin with ${asked}; give more digits`,
    facts: { traceIds: ids },
  };
}

export async function findTrace(telemetry: TelemetryReader, id: string): Promise<FoundTrace> {
  const asked = id.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(asked)) {
    return {
      ok: false,
      code: 'bad_request',
      message: 'a trace id is 32 hexadecimal digits, or a beginning of them',
      facts: {},
    };
  }
  let wanted = asked;
  if (asked.length < shortestLookup) {
    const recent = await telemetry.findTraces({ limit: maxTraceLimit });
    const fitting = recent.value.map((trace) => trace.traceId).filter((traceId) => traceId.startsWith(asked));
    if (fitting.length > 1) return ambiguous(asked, fitting);
    if (fitting[0] === undefined) return missing(asked, recent.problem);
    wanted = fitting[0];
  }
  const { value: calls, problem } = await telemetry.getTrace(wanted);
  const ids = [...new Set(calls.map((call) => call.traceId))];
  if (ids.length > 1) return ambiguous(asked, ids);
  return ids[0] === undefined ? missing(asked, problem) : { ok: true, traceId: ids[0], calls, problem };
}
