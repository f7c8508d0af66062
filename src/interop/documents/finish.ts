/** From drafts to documents that are valid; whatever the mesh's own rules find is told at the place in the manifest. */
import { type Issue, malformed, type PathKey, type Problem, pathText } from '../../model/findings/issue.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import { validateDocument } from '../../model/validate.ts';
import { commentOf, importCode, isLoss } from '../import-issue.ts';
import type { Located } from '../manifests/located.ts';
import { originOf } from '../manifests/origin.ts';
import { type AccessDraft, guards } from './access-draft.ts';
import type { Comment, ImportedDocument, Route } from './document-types.ts';
import { type Draft, type DraftRoute, uniqueNames } from './draft.ts';
import type { MeshDraft } from './mesh-draft.ts';
import { notFound } from './not-found.ts';

/** The document of a draft. Routes and versions that the mesh refuses are left out and named; `undefined` where nothing is left. */
export function finish(draft: Draft): ImportedDocument | undefined {
  const routes = draft.allRoutes();
  const versions = new Map(draft.versions);
  const remarks = [...draft.comments];
  for (;;) {
    if (routes.length === 0 && draft.settings.public !== undefined)
      routes.push({ body: notFound('no-route', draft.origin), route: {} });
    const value = documentOf(draft, routes, versions);
    const result = validateDocument('service', value);
    if (result.ok) return { key: `service/${draft.service}`, value, comments: commentsOf(remarks, routes) };
    const lost = new Set<unknown>();
    for (const problem of result.problems) {
      // Why nothing is left has been told.
      if (problem.code === malformed.noRoute && draft.origin.report.issues.some(isLoss)) return undefined;
      const { origin, part } = placeOf(problem, draft, routes, versions);
      lost.add(part);
      remarks.push(commentOf(tell(origin, problem, part)));
    }
    // A draft that is wrong as a whole, or has lost nothing that could be left out, is no document.
    if (lost.has(draft)) return undefined;
    for (const [name, entry] of versions) if (lost.has(entry)) versions.delete(name);
    routes.splice(0, routes.length, ...routes.filter((route) => !lost.has(route)));
    draft.access.without(lost);
  }
}

/** The document of the mesh; `undefined` where there is nothing to say, or nothing is left. */
export function finishMesh(draft: MeshDraft): ImportedDocument | undefined {
  const remarks = [...draft.comments];
  for (;;) {
    const value = draft.value();
    if (value === undefined || draft.origin === undefined) return undefined;
    const result = validateDocument('mesh', value);
    if (result.ok) return { key: 'mesh', value, comments: remarksAt([], remarks) };
    const lost = new Set<unknown>();
    for (const problem of result.problems) {
      const path = problem.path[0] === 'defaults' ? problem.path.slice(1) : [];
      const { origin, part } = accessPlace(path, draft.access) ?? { origin: draft.origin, part: draft };
      lost.add(part);
      remarks.push(commentOf(tell(origin, problem, part)));
    }
    if (lost.has(draft)) {
      // Services do not say what the mesh says for all of them.
      if (draft.access.access() !== undefined) draft.origin.opens('what holds for the whole mesh is not carried over');
      return undefined;
    }
    draft.access.without(lost);
  }
}

function documentOf(draft: Draft, routes: readonly DraftRoute[], versions: Draft['versions']): ServiceDocument {
  const names = uniqueNames(routes.map(({ body }) => body.name));
  const { egress, public: listening, ...settings } = draft.settings;
  return {
    service: draft.service,
    ...(listening === undefined ? {} : { public: listening }),
    ...(versions.size === 0
      ? {}
      : { versions: Object.fromEntries([...versions].map(([name, { version }]) => [name, version])) }),
    ...settings,
    ...(routes.length === 0 ? {} : { routes: routes.map((route, index) => routeOf(route, names[index] as string)) }),
    ...(egress === undefined ? {} : { egress }),
    ...section('access', draft.access.access()),
    ...section('authentication', draft.access.authentication()),
  };
}

function section<TName extends string, T>(name: TName, value: T | undefined): { readonly [K in TName]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in TName]?: T };
}

function routeOf({ body, route }: DraftRoute, name: string): Route {
  const { origin: _origin, comments: _comments, name: _name, ...rest } = body;
  return { name, ...route, ...rest };
}

/** What is wrong, and where in a manifest it comes from, as near as that is known. */
function placeOf(
  { path }: Problem,
  draft: Draft,
  routes: readonly DraftRoute[],
  versions: Draft['versions'],
): { readonly origin: Located; readonly part: unknown } {
  const [section, key, ...rest] = path;
  const route = section === 'routes' && typeof key === 'number' ? routes[key] : undefined;
  if (route !== undefined) return { origin: originWithin(route, rest), part: route };
  const version = section === 'versions' && typeof key === 'string' ? versions.get(key) : undefined;
  if (version !== undefined) return { origin: version.origin.deepest(rest), part: version };
  return accessPlace(path, draft.access) ?? { origin: draft.origin, part: draft };
}

function accessPlace(
  path: readonly PathKey[],
  draft: AccessDraft,
): { readonly origin: Located; readonly part: unknown } | undefined {
  const part = draft.partAt(path);
  return part === undefined ? undefined : { origin: originAlong(part.value, path.slice(3), part.origin), part };
}

/** A route's parts know where they come from; their fields have the same names where the manifest is one of the Gateway API. */
function originWithin({ body, route }: DraftRoute, path: readonly PathKey[]): Located {
  return originAlong({ ...route, ...body }, path, body.origin);
}

/** The place of the last part on the way that knows it, and below that the fields of the same names. */
function originAlong(whole: unknown, path: readonly PathKey[], start: Located): Located {
  let origin = start;
  let value = whole;
  let rest = path;
  for (const [index, key] of path.entries()) {
    if (typeof value !== 'object' || value === null) break;
    value = (value as Readonly<Record<PathKey, unknown>>)[key];
    const known = typeof value === 'object' && value !== null ? originOf(value) : undefined;
    if (known === undefined) continue;
    origin = known;
    rest = path.slice(index + 1);
  }
  return origin.deepest(rest);
}

/** Says in the manifest's place what the mesh found in the document. */
function tell(origin: Located, { path, message, expected }: Problem, part: unknown): Issue {
  const field = pathText(path.slice(2));
  const isGuard = typeof part === 'object' && part !== null && 'value' in part && guards(part.value as object);
  const code = isGuard ? importCode.opens : importCode.refused;
  return origin.tell('error', code, field === '' ? message : `${field}: ${message}`, expected, false);
}

function commentsOf(remarks: readonly string[], routes: readonly DraftRoute[]): Comment[] {
  return [
    ...remarksAt([], remarks),
    ...routes.flatMap(({ body }, index) => body.comments.map((text) => ({ at: ['routes', index], text }))),
  ];
}

function remarksAt(at: Comment['at'], remarks: readonly string[]): Comment[] {
  return [...new Set(remarks)].map((text) => ({ at, text }));
}
