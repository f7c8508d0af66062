/** Takes changes of code, configs, values and documents into a mesh that runs. What fails is said, and the last good state stays. */

import { mapLimited } from '../../derive/concurrency.ts';
import { type ReadWorker, readWorker } from '../../derive/configs/source-worker.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import { CliFailure } from '../failure.ts';
import { paint, span } from '../output.ts';
import { bundleUser, removeCode } from './code/user-code.ts';
import { codeFolder, type MeshParts, type UserWorker } from './mesh/derive-mesh.ts';
import { type MeshHost, StartFailure, samePlan } from './mesh/mesh-host.ts';
import { readFolder, type StoredDocuments } from './registry/documents.ts';
import { fixedStore } from './registry/registry-store.ts';
import { documentsTopic, usersWith, watchCode, watchDocuments, watchTrouble, watchUser } from './watch/topics.ts';
import { WatchedFiles } from './watch/watched-files.ts';

export interface ReloadOptions {
  readonly host: MeshHost;
  readonly parts: MeshParts;
  readonly buildFolder: string;
  readonly documents: string | undefined;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** Two wranglers at once fill a small machine. */
const bundlesAtOnce = 2;

export class Reloader {
  readonly files = new WatchedFiles();
  readonly #options: ReloadOptions;
  /** What the mesh that runs was derived from. */
  #running: MeshParts;
  /** The latest good state of every part; what of it could not be run yet is tried again at the next change. */
  #wanted: MeshParts;
  #generation = 0;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#running = options.parts;
    this.#wanted = options.parts;
  }

  async watch(): Promise<void> {
    const { documents } = this.#options;
    for (const user of this.#wanted.users) await watchUser(this.files, user);
    if (documents !== undefined) await watchDocuments(this.files, documents);
  }

  /** Does what the changed topics ask for; never rejects. */
  async onChange(topics: ReadonlySet<string>): Promise<void> {
    const began = performance.now();
    const done: string[] = [];
    try {
      if (topics.has(documentsTopic) && (await this.#readDocuments())) done.push('documents');
      const bundled = await this.#bundle(topics);
      const valued = usersWith(this.#wanted.users, topics, ['values']).map(({ read }) => read.source.name);
      done.push(...bundled, ...valued);
      if (done.length === 0) return;
      const what = await this.#apply(bundled.length + valued.length > 0);
      const took = span(performance.now() - began);
      if (what !== undefined)
        this.#say(`${paint('green', what)} ${[...new Set(done)].join(', ')} ${paint('dim', `(${took})`)}`);
    } catch (cause) {
      if (!this.#options.signal.aborted) this.#complain(cause);
    } finally {
      this.#options.host.letGo();
    }
  }

  async #readDocuments(): Promise<boolean> {
    try {
      this.#wanted = { ...this.#wanted, files: await readFolder(this.#options.documents as string) };
      return true;
    } catch (cause) {
      this.#complain(cause, 'the documents before stay served');
      return false;
    }
  }

  /** Bundles the Workers whose code or config has changed; the names of those that have new code. */
  async #bundle(topics: ReadonlySet<string>): Promise<string[]> {
    const { users } = this.#wanted;
    const reread = new Set(usersWith(users, topics, ['config']));
    const changed = usersWith(users, topics, ['config', 'code', 'built', 'trouble']);
    const results = await mapLimited(changed, bundlesAtOnce, (user) => this.#bundleOne(user, reread.has(user)));
    const renewed = new Map(results.flatMap((user) => (user === undefined ? [] : [[user.path, user] as const])));
    this.#wanted = { ...this.#wanted, users: users.map((user) => renewed.get(user.path) ?? user) };
    return [...renewed.values()].map(({ read }) => read.source.name);
  }

  async #bundleOne(user: UserWorker, reread: boolean): Promise<UserWorker | undefined> {
    const { buildFolder, signal } = this.#options;
    const { environment } = this.#wanted;
    const beganMs = Date.now();
    let read: ReadWorker = user.read;
    try {
      if (reread) read = await readWorker(user.path, environment);
      const folder = codeFolder(buildFolder, read, ++this.#generation);
      const renewed = { ...user, read, code: await bundleUser(read, { environment, folder, signal }) };
      await (reread ? watchUser(this.files, renewed) : watchCode(this.files, renewed));
      return renewed;
    } catch (cause) {
      if (signal.aborted) throw cause;
      this.#complain(cause, `${user.read.source.name}: the code before stays served`);
      await watchTrouble(this.files, user, read, beganMs);
      return undefined;
    }
  }

  /** Runs what is wanted; a word for what that took, or nothing where it could not be run. */
  async #apply(otherWorkers: boolean): Promise<string | undefined> {
    const { host } = this.#options;
    const { plan, publicHosts } = host.mesh;
    const store = await host.store();
    const mesh = await host.derive(this.#wanted, store);
    const sameHosts = JSON.stringify(publicHosts) === JSON.stringify(mesh.publicHosts);
    // Edges read documents from KV by themselves.
    if (!otherWorkers && this.#wanted.users === this.#running.users && sameHosts && samePlan(plan, mesh.plan)) {
      this.#running = this.#wanted;
      return 'written to KV:';
    }
    const stored = await store.readAll();
    try {
      await host.run(mesh);
    } catch (cause) {
      if (!(cause instanceof StartFailure)) throw cause;
      return (await this.#withdraw(cause.worker, stored)) ? 'reloaded' : undefined;
    }
    await this.#keep();
    return 'reloaded';
  }

  /**
   * Runs the mesh without the code that workerd did not take: the one Worker that failed goes back to what it was; where it is not
   * known, or that does not help, all do. True where something of what was wanted runs.
   */
  async #withdraw(failed: string | undefined, stored: StoredDocuments): Promise<boolean> {
    const { host } = this.#options;
    const before = new Map(this.#running.users.map((user) => [user.path, user]));
    const culprit = this.#wanted.users.find(
      (user) => user.read.source.name === failed && before.get(user.path) !== user,
    );
    const others = this.#wanted.users.some((user) => user !== culprit && before.get(user.path) !== user);
    if (culprit !== undefined && others) {
      const users = this.#wanted.users.map((user) => (user === culprit ? (before.get(user.path) ?? user) : user));
      this.#wanted = { ...this.#wanted, users };
      const rest = await this.#tryToRun(this.#wanted, stored);
      if (rest) {
        this.#say(`${paint('red', `[${failed}]`)} the code before stays served`);
        await this.#keep();
        return true;
      }
    }
    this.#wanted = { ...this.#wanted, users: this.#running.users };
    await host.run(await host.derive(this.#running, fixedStore(stored)));
    this.#say(`${paint('red', `[${failed ?? 'mesh'}]`)} the code before stays served`);
    return false;
  }

  async #tryToRun(parts: MeshParts, stored: StoredDocuments): Promise<boolean> {
    const { host } = this.#options;
    try {
      await host.run(await host.derive(parts, fixedStore(stored)));
      return true;
    } catch (cause) {
      if (cause instanceof StartFailure) return false;
      throw cause;
    }
  }

  /** What is wanted runs: bundles that nothing runs any more go. */
  async #keep(): Promise<void> {
    const kept = new Set(this.#wanted.users.map(({ code }) => code.bundle.folder));
    const gone = this.#running.users.filter(({ code }) => !kept.has(code.bundle.folder));
    this.#running = this.#wanted;
    await Promise.all(gone.map(({ code }) => removeCode(code.bundle)));
  }

  #say(line: string): void {
    this.#options.onLine(line);
  }

  #complain(cause: unknown, rest?: string): void {
    const foreseen = cause instanceof DerivationError || cause instanceof CliFailure;
    const message = foreseen ? cause.message : cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#say(`${paint('red', 'error')} ${message}${rest === undefined ? '' : `\n${rest}`}`);
  }
}
