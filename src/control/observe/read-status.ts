/** Gathers both sides of `status`: the registry as it is now, and what the telemetry shards heard from edges. */
import { meshKey } from '../../core/configs/edge-config.ts';
import type { ControlEnv } from '../../platform/control-env.ts';
import type { TelemetryReader } from '../../platform/telemetry/telemetry-reader.ts';
import { findDocument, type ReadMesh } from '../documents/read-mesh.ts';
import { knownSince } from './first-seen.ts';
import { defaultRefreshSeconds, joinStatus, type StatusView } from './status.ts';

export async function readStatus(
  read: ReadMesh,
  env: ControlEnv,
  telemetry: TelemetryReader,
  nowMs: number,
): Promise<StatusView> {
  const [edges, counts] = await Promise.all([telemetry.edges(), telemetry.counts()]);
  return joinStatus({
    nowMs,
    refreshMs: (env.REFRESH_SECONDS ?? defaultRefreshSeconds) * 1000,
    mesh: findDocument(read, meshKey),
    documents: read.documents.filter((one) => one.key !== meshKey),
    declared: Object.keys(env.TOPOLOGY?.services ?? {}),
    edges: edges.value,
    knownSinceMs: knownSince(read.documents, nowMs),
    counts: counts.value,
    telemetryProblem: edges.problem || counts.problem,
  });
}
