/** All Workers of a mesh in development as options of one miniflare instance. */
import type { WorkerOptions } from 'miniflare';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import { inEnvironment, meshWorkers } from '../../../derive/plan/names.ts';
import { absentWorkers } from './absent-workers.ts';
import { withAssetDisks } from './asset-disks.ts';
import type { DerivedMesh } from './derive-mesh.ts';
import { gatewayOptions, innerSocket } from './gateway.ts';
import { edgeOptions, ownWorkerOptions, telemetryShards, userWorkerOptions } from './workers.ts';

export interface MeshSettings {
  /** What control and identity ask for. */
  readonly token: string;
  /** Under which identity seals its private keys. */
  readonly encryptionKey: string;
  readonly refreshSeconds: number;
}

export async function meshOptions(mesh: DerivedMesh, settings: MeshSettings): Promise<WorkerOptions[]> {
  const { plan, own, documents } = mesh;
  const { token, encryptionKey, refreshSeconds } = settings;
  const control = await ownWorkerOptions(plan, meshWorkers.control, own.control, {
    TOKEN: token,
    TOPOLOGY: plan.topology,
    REFRESH_SECONDS: refreshSeconds,
    HOSTS: ['localhost', '127.0.0.1'],
  });
  const users = mesh.workers.map((worker, index) =>
    userWorkerOptions(plan.workers[index] as MeshPlan['workers'][number], worker, plan),
  );
  return withAssetDisks([
    await gatewayOptions(plan),
    {
      ...control,
      kvNamespaces: { ...(control.kvNamespaces as Record<string, string>), REGISTRY: plan.registryId },
      durableObjects: { ...control.durableObjects, TELEMETRY: telemetryShards(plan.environment) },
      unsafeDirectSockets: [innerSocket],
    } as WorkerOptions,
    {
      ...(await ownWorkerOptions(plan, meshWorkers.identity, own.identity, {
        TOKEN: token,
        ENCRYPTION_KEY: encryptionKey,
        TRUST_DOMAIN: plan.trustDomain,
        ALLOW_LOOPBACK: 'true',
      })),
      unsafeDirectSockets: [innerSocket],
    } as WorkerOptions,
    await ownWorkerOptions(plan, meshWorkers.telemetry, own.telemetry, {}),
    ...(await Promise.all(users)),
    ...plan.edges.map((edge) => {
      const hosts = [`${edge.service}.localhost`, 'localhost', '127.0.0.1'].map(
        (host) => [host, edge.service] as const,
      );
      return edgeOptions(plan, edge, own.edge, documents, refreshSeconds, Object.fromEntries(hosts));
    }),
    ...absentWorkers(
      plan,
      mesh.workers.map(({ read }) => read),
    ),
  ]);
}

export function ownWorkerName(plan: MeshPlan, worker: keyof typeof meshWorkers): string {
  return inEnvironment(meshWorkers[worker], plan.environment);
}
