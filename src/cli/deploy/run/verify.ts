/** Whether the account is as it was planned, asked of the account itself, and what of it could not be asked. */
import { ownEntry } from '../../../core/own-entry.ts';
import { connectControl } from '../../control/control-client.ts';
import { readAccount, readDocuments } from '../account/account-state.ts';
import { describeStep } from '../plan/deploy-step.ts';
import { planDeployment } from '../plan/plan-deploy.ts';
import { type Prepared, zoneRoutes } from '../prepare.ts';
import { uploadDigest, versionMark } from '../version-mark.ts';
import type { StepContext } from './run-step.ts';
import { withRegistry } from './with-registry.ts';

export interface Verification {
  /** What a second plan would still do; empty where all is as planned. */
  readonly missing: readonly string[];
  readonly verified: readonly string[];
  readonly unverified: readonly string[];
}

/** Reads the account anew and plans once more: what is left to do was not done. */
export async function verifyDeployment(
  { api, input, deployment }: Prepared,
  context: StepContext,
  controlHost: string | undefined,
): Promise<Verification> {
  const namespace = context.registryId as string;
  const [account, documents, workers] = await Promise.all([
    readAccount(api, {
      workers: input.workers.map(({ name }) => name),
      routes: zoneRoutes(deployment),
    }),
    readDocuments(api, namespace),
    Promise.all(input.workers.map((worker) => markedAnew(worker, context))),
  ]);
  const again = planDeployment({
    ...input,
    workers,
    account,
    registry: { ...input.registry, id: namespace, documents },
  });
  // Triggers cannot be told from what the account says of a version, and are applied at every run.
  const missing = again.steps.filter(({ kind }) => kind !== 'triggers').map(describeStep);
  const open = workers.filter(({ name, workersDev }) => ownEntry(account.workers, name)?.workersDev !== workersDev);
  const count = (role: string) => input.workers.filter((worker) => worker.role === role).length;
  const control = controlHost === undefined ? undefined : await askControl(controlHost, input, context);
  return {
    missing: [
      ...missing,
      ...open.map(({ name }) => `close or open the workers.dev address of ${name}`),
      ...again.refusals,
    ],
    verified: [
      `${input.workers.length} Workers (${count('edge')} edges) run the versions that were uploaded, with all traffic`,
      `${Object.keys(input.documents).length} documents are in KV`,
      ...(control?.ok ? [control.words] : []),
    ],
    unverified: [
      ...(control === undefined || control.ok ? [] : [control.words]),
      'that an edge answers: edges have no address of their own; the first call of a caller shows it, and `selvedge status` where control has a host',
    ],
  };
}

/** The id of a namespace that was made on the way is part of what edges and control were uploaded with. */
async function markedAnew(
  worker: Prepared['input']['workers'][number],
  { workers, registryId, directories }: StepContext,
): Promise<Prepared['input']['workers'][number]> {
  const derived = workers.get(worker.name);
  if (derived === undefined || (worker.role !== 'edge' && worker.role !== 'control')) return worker;
  const { config, modules } = withRegistry(derived, registryId);
  return { ...worker, mark: versionMark(await uploadDigest({ config, modules }, directories.get(worker.name)), false) };
}

interface ControlAnswer {
  readonly ok: boolean;
  readonly words: string;
}

/** A host may take minutes until it is known everywhere: what cannot be asked yet is no failure. */
async function askControl(host: string, input: Prepared['input'], { tokens }: StepContext): Promise<ControlAnswer> {
  const control = input.workers.find(({ role }) => role === 'control');
  const token = tokens.get(control?.name ?? '') ?? process.env.SELVEDGE_TOKEN;
  if (!token) return { ok: false, words: `what control sees at ${host}: its token is not known here (SELVEDGE_TOKEN)` };
  try {
    const client = await connectControl({ control: `https://${host}`, token });
    const { services } = await client.get<{ readonly services: readonly unknown[] }>('/api/status');
    return { ok: true, words: `control answers at https://${host} and knows ${services.length} services` };
  } catch (cause) {
    return { ok: false, words: `what control sees: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}
