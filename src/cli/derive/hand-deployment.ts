/** The commands that deploy a derived mesh by hand, in their order. */
import { join } from 'node:path';
import { inEnvironment, meshWorkers } from '../../derive/plan/names.ts';
import type { OwnSecret } from '../deploy/plan/ours.ts';
import { publicAddresses } from '../deploy/plan/public-route.ts';
import type { Deployment } from './derive-deployment.ts';
import { configFile, documentsFile } from './write-deployment.ts';

export interface Step {
  readonly command: string;
  readonly note?: string;
}

/** What stands for the KV namespace's id until somebody says it. */
export const registryPlaceholder = 'REGISTRY_ID';

/**
 * Callees come before what binds them. The documents come after the edges, which then have the bindings that documents name,
 * and before the users' Workers, whose first call through an edge must find its document. Secrets follow the Worker that
 * wants them at once; until then it refuses every call. Strict Workers are the last of the users', when their callers call edges.
 */
export function handDeployment(
  { plan, workers }: Pick<Deployment, 'plan' | 'workers'>,
  folder: string,
  registryId: string | undefined,
): Step[] {
  const id = registryId ?? registryPlaceholder;
  const deploy = (role: string, strict = false) =>
    workers
      .filter((worker) => worker.role === role && (worker.admitting !== undefined) === strict)
      .map(
        ({ name }): Step => ({
          command: `npx wrangler deploy --config ${quoted(join(folder, name, configFile))}`,
          ...(strict ? { note: 'from now on it refuses calls that come past its edge' } : {}),
        }),
      );
  const secret = (worker: 'identity' | 'control', name: OwnSecret, note: string): Step => {
    const config = quoted(join(folder, inEnvironment(meshWorkers[worker], plan.environment), configFile));
    return { command: `npx wrangler secret put ${name} --config ${config}`, note };
  };
  const create: Step = {
    command: `npx wrangler kv namespace create ${quoted(plan.registryId)}`,
    note: `derive again with --registry-id and the id that it prints: it goes where ${registryPlaceholder} stands, in the configs of control and every edge and in the command below`,
  };
  return [
    ...(registryId === undefined ? [create] : []),
    ...deploy('telemetry'),
    ...deploy('identity'),
    secret(
      'identity',
      'ENCRYPTION_KEY',
      '32 random bytes in base64 (`openssl rand -base64 32`), once: what they sealed only they open',
    ),
    secret('identity', 'TOKEN', 'any long random text; identity lets no operator in without it'),
    ...deploy('edge'),
    {
      command: `npx wrangler kv bulk put ${quoted(join(folder, documentsFile))} --namespace-id ${id} --remote`,
      note: 'overwrites what has been edited in KV since: leave it out when you deploy again for new code only',
    },
    ...deploy('user'),
    ...deploy('user', true),
    ...deploy('control'),
    secret('control', 'TOKEN', 'any long random text; the CLI gives it as SELVEDGE_TOKEN'),
  ];
}

/** Wrangler takes away no route that a config does not name, so what is public now stays so, and gateways get none. */
export function routeNotes({
  reads,
  workers,
  public: { keeps, gateways },
}: Pick<Deployment, 'reads' | 'workers' | 'public'>): string[] {
  const strict = new Set(workers.flatMap(({ name, admitting }) => (admitting === undefined ? [] : [name])));
  const wanted = gateways.map(
    ({ service, route: { pattern, custom } }) =>
      `${service}: its edge is reached under its hosts when somebody gives it ${custom ? `the custom domain ${pattern}` : `the route ${pattern}`}`,
  );
  const held = reads.flatMap(({ source: { name }, config }) => {
    const { routes, workersDev } = publicAddresses(config);
    const isPublic = routes.length > 0 || (workersDev && keeps.has(name));
    if (isPublic && strict.has(name))
      return [
        `${name}: its public addresses stay with it, and as access.mode is strict it refuses every call that comes by them, past its edge: give them to the edge first, or say access.mode: permissive in its document`,
      ];
    if (routes.length === 0 || keeps.has(name)) return [];
    const patterns = routes.map(({ pattern }) => pattern).join(', ');
    return [`${name}: its public routes (${patterns}) stay with it, and calls that come by them pass no edge`];
  });
  return [...held, ...wanted];
}

/** A word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
