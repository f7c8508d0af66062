/** What of the users' configs goes around an edge, so that no rule of the service it reaches is asked. */

import { findPlace } from '../../derive/configs/find-place.ts';
import type { ReadWorker, WranglerConfig } from '../../derive/configs/source-worker.ts';
import { publicRoutes, routeHost } from '../../derive/plan/public-routes.ts';
import { rulesInForce } from '../../model/access-map/rules-in-force.ts';
import { type Issue, type PathKey, pathText } from '../../model/findings/issue.ts';
import { lintCode } from '../../model/lint/lint-code.ts';
import { publicHosts, workersNamed } from '../../model/references.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import { answersUnder } from '../deploy/plan/public-route.ts';

export interface LintedConfig {
  /** As the person named it. */
  readonly file: string;
  readonly text: string;
  readonly read: ReadWorker;
}

export interface AroundEdgesInput {
  readonly configs: readonly LintedConfig[];
  readonly documents: readonly ServiceDocument[];
  /** What it says of access by default may make services strict. */
  readonly mesh?: MeshDocument;
  /** Services before which an edge stands that a given config describes itself: nobody rewrites bindings to those. */
  readonly handMade: ReadonlySet<string>;
  readonly environment?: string;
}

interface DoorConfig extends WranglerConfig {
  readonly workers_dev?: boolean;
  readonly dispatch_namespaces?: readonly { readonly binding: string; readonly namespace: string }[];
}

/** A finding is an error where the mesh will refuse the call, because the document of the service is strict; else a warning. */
export function lintAroundEdges(input: AroundEdgesInput): Issue[] {
  return input.configs.flatMap((config) => new ConfigLint(config, input).issues());
}

class ConfigLint {
  private readonly found: Issue[] = [];
  private readonly config: DoorConfig;

  constructor(
    private readonly linted: LintedConfig,
    private readonly input: AroundEdgesInput,
  ) {
    this.config = linted.read.config as DoorConfig;
  }

  issues(): readonly Issue[] {
    this.services();
    this.objects();
    this.dispatchers();
    this.publicAddresses();
    return this.found;
  }

  private services(): void {
    this.linted.read.source.services.forEach(({ binding, target, more }, index) => {
      const worker = this.workerNamed(target);
      const owners = this.input.documents.filter(
        (document) => document.service !== worker && workersNamed(document).includes(worker),
      );
      const place = { keys: ['services', index], text: binding };
      for (const { service } of owners) {
        const message = `binding ${binding} goes straight to ${worker}, a version of ${service}, past the routes and the access rules of ${service}`;
        this.report(lintCode.bindingToVersion, place, message, `a binding to ${service}`, service);
      }
      if (owners.length === 0 && this.input.handMade.has(worker)) {
        const message = `binding ${binding} goes straight to ${worker}, past its edge`;
        this.report(
          lintCode.bindingPastEdge,
          place,
          message,
          'a binding to the edge, as `selvedge derive` writes it',
          worker,
        );
      }
      if (more?.remote === true && (this.isInMesh(target) || this.document(worker) !== undefined)) {
        const message = `binding ${binding} is remote: outside of \`selvedge dev\` development calls the deployed ${worker}, past the edge that runs here`;
        this.report(lintCode.remoteBinding, place, message, '', worker);
      }
    });
  }

  private objects(): void {
    this.config.durable_objects.bindings.forEach(({ name, class_name, script_name }, index) => {
      const place = { keys: ['durable_objects', 'bindings', index], text: name };
      this.object(place, `binding ${name} reaches the Durable Objects ${class_name}`, script_name);
    });
    (this.config.workflows ?? []).forEach(({ binding, script_name }, index) => {
      this.object({ keys: ['workflows', index], text: binding }, `binding ${binding} starts a workflow`, script_name);
    });
  }

  private object(place: Place, what: string, script: string | undefined): void {
    if (script === undefined || script === this.linted.read.source.name || !this.isInMesh(script)) return;
    const worker = this.workerNamed(script);
    const message = `${what} of ${worker} directly; edges stand before Workers only, so its access rules are not asked`;
    this.report(lintCode.objectPastEdge, place, message, `a call of ${worker}, if its rules should hold`, worker);
  }

  private dispatchers(): void {
    (this.config.dispatch_namespaces ?? []).forEach(({ binding, namespace }, index) => {
      const message = `binding ${binding} reaches every Worker of the dispatch namespace ${namespace}, and no edge stands before any of them`;
      this.report(lintCode.dispatchPastEdge, { keys: ['dispatch_namespaces', index], text: binding }, message, '');
    });
  }

  private publicAddresses(): void {
    const { worker } = this.linted.read.source;
    const document = this.document(worker);
    const handMade = this.input.handMade.has(worker);
    if (document === undefined && !handMade) return;
    const { patterns, workersDev } = publicRoutes(this.config);
    const ways = patterns.map((pattern, index) => ({ pattern, place: this.routePlace(pattern, index) }));
    if (handMade ? workersDev !== 'none' : workersDev === 'asked')
      ways.push({ pattern: 'workers.dev', place: { keys: [workersDev === 'asked' ? 'workers_dev' : 'name'] } });
    const via = document?.public?.via;
    if (via === 'worker') {
      const message = `access.mode of ${worker} is strict, and public.via: worker leaves its public addresses with the Worker, which will refuse every call that comes by them`;
      if (this.isStrict(worker) && ways[0] !== undefined)
        this.report(
          lintCode.strictPublic,
          ways[0].place,
          message,
          'public.via: edge, or access.mode: permissive',
          worker,
        );
      return;
    }
    const gateways = this.input.documents.filter(
      ({ service }) => !this.input.configs.some(({ read }) => read.source.worker === service),
    );
    const hosts = [...(document === undefined ? [] : [document]), ...gateways].flatMap(publicHosts);
    for (const { pattern, place } of ways) {
      if (!handMade && hosts.some((host) => answersUnder(host, routeHost(pattern)))) continue;
      const message = `${worker} is public by ${pattern}, and ${handMade ? 'calls that come so pass no edge' : 'its document does not make it so: calls that come so pass no edge'}`;
      const remedy = pattern === 'workers.dev' ? 'workers_dev: false' : `public.hosts with ${routeHost(pattern)}`;
      this.report(lintCode.publicPastEdge, place, message, remedy, worker);
    }
  }

  private routePlace(pattern: string, index: number): Place {
    const { route, routes = [] } = this.config;
    const single = index >= routes.length || route === pattern;
    return { keys: single ? ['route'] : ['routes', index], text: pattern };
  }

  private report(code: string, { keys, text }: Place, message: string, expected: string, service?: string): void {
    const { file, text: content, read } = this.linted;
    const strict = service !== undefined && this.isStrict(service);
    const { line, column } = findPlace(read.source.configPath, content, this.input.environment, keys, text);
    const severity = strict ? 'error' : 'warning';
    const meanwhile = strict ? ['access.mode: permissive until nobody goes around the edge'] : [];
    const remedies = [expected, ...meanwhile].filter((remedy) => remedy !== '').join(', or ');
    this.found.push({ file, line, column, path: pathText(keys), message, expected: remedies, severity, code });
  }

  private isStrict(service: string): boolean {
    const document = this.document(service);
    return document !== undefined && rulesInForce(document, this.input.mesh?.defaults?.access).mode === 'strict';
  }

  private document(service: string): ServiceDocument | undefined {
    return this.input.documents.find((one) => one.service === service);
  }

  private isInMesh(name: string): boolean {
    return this.input.configs.some(({ read }) => read.source.name === name);
  }

  /** A deployed name as documents know it. */
  private workerNamed(name: string): string {
    const known = this.input.configs.find(({ read }) => read.source.name === name)?.read.source.worker;
    const suffix = this.input.environment === undefined ? '' : `-${this.input.environment}`;
    return known ?? (suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name);
  }
}

interface Place {
  readonly keys: readonly PathKey[];
  readonly text?: string;
}
