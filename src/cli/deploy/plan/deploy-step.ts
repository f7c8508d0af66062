/** The steps of a deployment and of its undoing, as data, and each in a line of words. */
import type { WorkerRole } from '../../derive/derive-deployment.ts';
import type { OwnSecret } from './ours.ts';

/** Which form of a Worker is uploaded: as it will stay; admitting calls past the edge for now; without some bindings for now. */
export type UploadForm = 'whole' | 'admitting' | 'partial';

export type Step =
  | { readonly kind: 'create-registry'; readonly title: string }
  | {
      readonly kind: 'upload';
      readonly worker: string;
      readonly role: WorkerRole;
      readonly form: UploadForm;
      readonly why: 'new' | 'changed' | 'strict' | 'no longer strict';
      /** The service before which an edge stands. */
      readonly service?: string;
      /** Secrets that are made for it. */
      readonly secrets?: readonly OwnSecret[];
      /** Bindings that are left out for now: the Worker that they name does not yet export what they ask for. */
      readonly without?: readonly string[];
    }
  | { readonly kind: 'stub'; readonly worker: string; readonly entrypoints: readonly string[] }
  | { readonly kind: 'triggers'; readonly worker: string }
  | { readonly kind: 'documents'; readonly add: readonly string[]; readonly overwrite: readonly string[] }
  | {
      readonly kind: 'route';
      readonly pattern: string;
      readonly zoneId: string;
      /** The route as the account has it; a new one is made where it has none. */
      readonly id?: string;
      readonly from?: string;
      readonly to: string;
    }
  | {
      readonly kind: 'domain';
      readonly hostname: string;
      readonly zoneId?: string;
      readonly zoneName?: string;
      readonly from?: string;
      readonly to: string;
    }
  | { readonly kind: 'plain'; readonly worker: string; readonly configPath: string; readonly environment?: string }
  | {
      readonly kind: 'delete';
      readonly worker: string;
      readonly role: Exclude<WorkerRole, 'user'>;
      /** Workers that are deleted too: that they bind this one keeps it from nothing. */
      readonly together?: readonly string[];
    }
  | { readonly kind: 'delete-registry'; readonly title: string; readonly id: string };

/** What a step will do. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'create-registry':
      return `create the KV namespace ${step.title}`;
    case 'upload':
      return `${uploadWords(step)}${secretWords(step.secrets)}`;
    case 'stub':
      return `upload a stub under the name ${step.worker}, which no Worker of the account has: the edge before it must bind something`;
    case 'triggers':
      return `apply the triggers and addresses of ${step.worker} again: its version is unchanged`;
    case 'documents':
      return [
        ...(step.add.length > 0 ? [`write ${step.add.join(', ')} into KV`] : []),
        ...(step.overwrite.length > 0 ? [`overwrite ${step.overwrite.join(', ')} in KV`] : []),
      ].join(', ');
    case 'route':
      return `${moveWords(step.pattern, step.from, step.to)}`;
    case 'domain':
      return `${moveWords(`custom domain ${step.hostname}`, step.from, step.to)}`;
    case 'plain':
      return `deploy ${step.worker} from its own config, as it is without the mesh`;
    case 'delete':
      return step.role === 'telemetry' || step.role === 'identity'
        ? `delete ${step.worker}, with ${step.role === 'telemetry' ? 'the traces and metrics' : 'the keys'} in its Durable Objects`
        : `delete ${step.worker}`;
    case 'delete-registry':
      return `delete the KV namespace ${step.title}, with all documents`;
  }
}

function uploadWords({ worker, role, form, why, service, without }: Step & { readonly kind: 'upload' }): string {
  if (why === 'strict') return `upload ${worker} again: from now on it refuses calls that come past its edge`;
  if (why === 'no longer strict') return `upload ${worker} again: it admits calls that come past its edge`;
  const what = why === 'new' ? 'upload' : 'upload changed';
  const who =
    role === 'edge' ? `${worker}, the edge of ${service}` : role === 'user' ? `${worker}, derived` : `${worker}`;
  if (form === 'admitting')
    return `${what} ${who}, which admits calls that come past its edge until all callers are there`;
  if (form === 'partial') return `${what} ${who}, for now without ${(without ?? []).join(', ')}`;
  return `${what} ${who}`;
}

function secretWords(secrets: readonly OwnSecret[] = []): string {
  return secrets.length === 0 ? '' : `, with ${secrets.map((name) => `a new secret ${name}`).join(' and ')}`;
}

function moveWords(what: string, from: string | undefined, to: string): string {
  return from === undefined ? `give ${what} to ${to}` : `move ${what} from ${from} to ${to}`;
}
