/** Stand-ins for Workers that bindings name and the mesh has not; without them workerd would not start. */
import type { WorkerOptions } from 'miniflare';
import { formatLogMark } from '../../../core/dev-log.ts';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import type { MeshPlan, PlannedBinding, PlannedWorker } from '../../../derive/plan/mesh-plan.ts';

/** Names of the classes that bindings ask of an absent Worker, by the class that each must extend. */
type Classes = Readonly<Record<'WorkerEntrypoint' | 'DurableObject' | 'WorkflowEntrypoint', ReadonlySet<string>>>;

/** Tells a stand-in which binding leads to it. The user's own props would be read by nobody. */
export function absentProps({ source }: PlannedWorker, { binding }: PlannedBinding): Record<string, unknown> {
  return { calledBy: source.name, binding };
}

export function absentWorkers(plan: MeshPlan, reads: readonly ReadWorker[]): WorkerOptions[] {
  return plan.absent.map((name) => absentWorkerOptions(name, classesOf(name, reads)));
}

function classesOf(name: string, reads: readonly ReadWorker[]): Classes {
  const entrypoints = reads.flatMap(({ source }) =>
    source.services.flatMap(({ target, entrypoint }) => (target === name ? (entrypoint ?? []) : [])),
  );
  const objects = reads.flatMap(({ config }) => config.durable_objects.bindings);
  const workflows = reads.flatMap(({ config }) => config.workflows ?? []);
  const ofName = (bindings: readonly { readonly class_name: string; readonly script_name?: string }[]) =>
    new Set(bindings.filter(({ script_name }) => script_name === name).map(({ class_name }) => class_name));
  return {
    WorkerEntrypoint: new Set(entrypoints.filter((entrypoint) => entrypoint !== 'default')),
    DurableObject: ofName(objects),
    WorkflowEntrypoint: ofName(workflows),
  };
}

/**
 * It answers as `wrangler dev` does for a Worker that is not running, a response to fetch, an error to every method, and logs whose binding
 * it was.
 */
function absentWorkerOptions(name: string, classes: Classes): WorkerOptions {
  const bases = Object.keys(classes) as (keyof Classes)[];
  const lines = [
    `import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';`,
    `const message = ${JSON.stringify(`Worker "${name}" not found. Make sure it is running locally.`)};`,
    `const tell = ({ calledBy, binding } = {}) => calledBy && console.warn(`,
    `  ${JSON.stringify(formatLogMark({ service: name, trace: '', kind: 'log' }))} +`,
    `  calledBy + ' called it by its binding ' + binding + ', and it is not in this mesh: name its config too');`,
    `function fail() { tell(this?.ctx?.props); throw new Error(message); }`,
    // workerd asks the end of the prototype chain for what the class lacks; \`then\` is none, or it would be taken for a promise.
    `const absent = (Base) => {`,
    `  class Absent extends Base {`,
    `    fetch() { tell(this.ctx.props); return new Response(message, { status: 503 }); }`,
    `    tail() {}`,
    `    run() { fail(); }`,
    `  }`,
    `  Object.setPrototypeOf(Absent.prototype, new Proxy(Base.prototype, {`,
    `    get: (target, key, self) => typeof key === 'symbol' || key === 'then' || key in target ? Reflect.get(target, key, self) : fail,`,
    `  }));`,
    `  return Absent;`,
    `};`,
    `export default class extends absent(WorkerEntrypoint) {}`,
    ...bases.flatMap((base) =>
      [...classes[base]].map((exported) => `export class ${exported} extends absent(${base}) {}`),
    ),
  ];
  return { name, modules: true, script: lines.join('\n'), compatibilityDate: '2026-04-21' };
}
