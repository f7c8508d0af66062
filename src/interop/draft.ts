/** A document under construction: routes in their order, versions as they are named, and where each part came from. */
import type { Issue } from '../model/issue.ts';
import type { ServiceDocument } from '../model/schema/service.ts';
import type { Backend, Filter, Listener, Route, Version } from './document-types.ts';
import { commentOf, isLoss } from './import-issue.ts';
import type { Located } from './located.ts';

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

export class Draft {
  readonly routes: DraftRoute[] = [];
  readonly versions = new Map<string, { version: Version; readonly origin: Located }>();
  readonly comments: string[] = [];
  readonly settings: Settings = {};

  constructor(
    readonly service: string,
    /** What the document is about, for findings about it as a whole. */
    readonly origin: Located,
  ) {}

  /** Declares a version, once. */
  version(name: string, version: Version, origin: Located): string {
    if (!this.versions.has(name)) this.versions.set(name, { version, origin });
    return name;
  }

  listen(listeners: Listener[]): void {
    this.settings.public = { listeners };
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
