/** A document under construction: routes in their order, versions as they are named, and where each part came from. */
import type { Issue } from '../../model/findings/issue.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import { commentOf, isLoss } from '../import-issue.ts';
import type { KnownHost } from '../istio/destinations/host.ts';
import type { Located } from '../manifests/located.ts';
import { AccessDraft } from './access-draft.ts';
import type { Backend, Filter, Listener, Route, Version } from './document-types.ts';

/** What a rule becomes, whatever its conditions. */
export interface RouteBody {
  /** The name that it should have; made unique in the document. */
  readonly name: string;
  readonly filters?: Filter[];
  readonly backends?: Backend[];
  readonly timeouts?: Route['timeouts'];
  readonly retry?: Route['retry'];
  readonly sessionPersistence?: Route['sessionPersistence'];
  readonly sticky?: Route['sticky'];
  /** Where it stands, for what the document's own rules find. */
  readonly origin: Located;
  readonly comments: readonly string[];
}

/** A route, and the body that it came from. */
export interface DraftRoute {
  readonly body: RouteBody;
  readonly route: Omit<Route, 'name'>;
}

type Settings = Pick<ServiceDocument, 'public' | 'balance' | 'outlier' | 'egress'>;

/** By this header a service learns which of its versions a route of the caller's document has chosen. */
export const choiceHeader = 'x-mesh-version';

/** The header's value: the service is in it, so that it says nothing to any other one that it reaches. */
export function choiceOf(service: string, version: string): string {
  return `${service}.${version}`;
}

export class Draft {
  readonly routes: DraftRoute[] = [];
  readonly versions = new Map<string, { version: Version; readonly origin: Located }>();
  readonly comments: string[] = [];
  readonly settings: Settings = {};
  readonly access = new AccessDraft();
  /** Versions that routes of other documents have chosen, and which documents. */
  private readonly choices = new Map<string, { readonly callers: Set<string>; readonly origin: Located }>();

  constructor(
    readonly service: string,
    /** What the document is about, for findings about it as a whole. */
    readonly origin: Located,
    /** The host that Istio's objects know it by. */
    readonly host?: KnownHost,
  ) {}

  /** Declares a version, once. */
  version(name: string, version: Version, origin: Located): string {
    if (!this.versions.has(name)) this.versions.set(name, { version, origin });
    return name;
  }

  /** The version that is declared to be at a place, with no settings of its own. */
  versionAt(place: Version): string | undefined {
    const text = JSON.stringify(place);
    for (const [name, { version }] of this.versions) if (JSON.stringify(version) === text) return name;
    return undefined;
  }

  listen(listeners: Listener[]): void {
    this.settings.public = { listeners };
  }

  /** Routes for callers whose own routes have chosen a version of this service, before all others. */
  choose(version: string, caller: string, origin: Located): void {
    const choice = this.choices.get(version) ?? { callers: new Set<string>(), origin };
    choice.callers.add(caller);
    this.choices.set(version, choice);
  }

  /** Whether routes of a document have chosen a version of this service. */
  isChosenBy(caller: string): boolean {
    return [...this.choices.values()].some(({ callers }) => callers.has(caller));
  }

  /** All routes, in their order. */
  allRoutes(): DraftRoute[] {
    const chosen = [...this.choices].map(([version, { callers, origin }]): DraftRoute => {
      const value = choiceOf(this.service, version);
      const filters: Filter[] = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { remove: [choiceHeader] } }];
      return {
        body: { name: givenName(`chosen.${version}`), filters, backends: [{ version }], origin, comments: [] },
        route: { matches: [{ headers: [{ name: choiceHeader, value }], from: { principals: [...callers].sort() } }] },
      };
    });
    return [...chosen, ...this.routes];
  }

  /** Remarks of what could not be carried over, for the head of the document. */
  remark(found: readonly Issue[]): void {
    this.comments.push(...lossesOf(found));
  }
}

export function lossesOf(found: readonly Issue[]): string[] {
  return [...new Set(found.filter(isLoss).map(commentOf))];
}

/** Names made unique, in the order of the list: the second `orders` becomes `orders.2`. */
export function uniqueNames(wanted: readonly string[]): string[] {
  const taken = new Set<string>(wanted);
  const uses = new Map<string, number>();
  return wanted.map((name) => {
    const earlier = uses.get(name) ?? 0;
    let count = earlier + 1;
    let unique = name;
    if (earlier > 0) for (unique = `${name}.${count}`; taken.has(unique); unique = `${name}.${count}`) count += 1;
    taken.add(unique);
    uses.set(name, count);
    return unique;
  });
}

/** A name as documents have it: at most 128 letters, digits, dots, - and _. */
export function givenName(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return plain.slice(0, 120) || 'route';
}
