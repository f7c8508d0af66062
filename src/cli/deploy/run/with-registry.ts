import type { DeployableWorker } from '../../derive/derive-deployment.ts';

/** A derived Worker with the id of the mesh's KV namespace, which may be known only when that has been created. */
export function withRegistry(worker: DeployableWorker, id: string | undefined): DeployableWorker {
  if ((worker.role !== 'edge' && worker.role !== 'control') || id === undefined) return worker;
  const namespaces = worker.config.kv_namespaces as readonly object[] | undefined;
  return { ...worker, config: { ...worker.config, kv_namespaces: namespaces?.map((one) => ({ ...one, id })) } };
}
