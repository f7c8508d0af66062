/** Which Workers of an account are ours: told by the bindings that no other Worker would have, whoever uploaded it and how. */
import { edgeBinding } from '../../../core/configs/edge-config.ts';
import { identityEntrypoint, telemetryClass } from '../../../derive/derived/edge-wrangler.ts';
import type { WorkerRole } from '../../derive/derive-deployment.ts';
import type { AccountBinding, AccountWorker } from '../account/account-state.ts';

type Fits = (binding: AccountBinding) => boolean;

const registry: Fits = ({ type, name }) => type === 'kv_namespace' && name === edgeBinding.registry;
const json =
  (wanted: string): Fits =>
  ({ type, name }) =>
    type === 'json' && name === wanted;
const object =
  (className: string): Fits =>
  ({ type, class_name }) =>
    type === 'durable_object_namespace' && class_name === className;

const marks: Readonly<Record<Exclude<WorkerRole, 'user'>, readonly Fits[]>> = {
  edge: [
    registry,
    json('UPSTREAMS'),
    ({ type, entrypoint }) => type === 'service' && entrypoint === identityEntrypoint,
  ],
  control: [registry, json('TOPOLOGY')],
  identity: [object('KeyAuthority'), json('SCHEDULE')],
  telemetry: [object(telemetryClass), json('MAX_CALLS')],
};

export function isOurs(role: WorkerRole, { bindings }: AccountWorker): boolean {
  return role === 'user' || marks[role].every((fits) => bindings.some(fits));
}

/** A secret that a deployment makes: by which control and identity know an operator, and under which identity seals its keys. */
export type OwnSecret = 'TOKEN' | 'ENCRYPTION_KEY';

const secrets: Partial<Record<WorkerRole, readonly OwnSecret[]>> = {
  control: ['TOKEN'],
  identity: ['TOKEN', 'ENCRYPTION_KEY'],
};

/** The secrets that a Worker of ours needs and does not have. One that is there is never made anew: it opens what is stored. */
export function missingSecrets(role: WorkerRole, live: AccountWorker | undefined): readonly OwnSecret[] {
  const has = (wanted: OwnSecret) => live?.bindings.some(({ type, name }) => type === 'secret_text' && name === wanted);
  return (secrets[role] ?? []).filter((wanted) => !has(wanted));
}
