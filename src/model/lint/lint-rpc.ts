/** What is wrong with routes that RPC calls take: the platform chooses one version of a Worker by a header, and RPC has none. */

import { ownEntry } from '../../core/own-entry.ts';
import { isHttpMethod } from '../../core/retries/retry-policy.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';

/** Findings about backends that name a Worker's version, in routes that RPC calls take where the document shows that there are such calls. */
export function lintRpc(document: ServiceDocument, warn: Warn): void {
  const { routes = [], versions = {} } = document;
  const anyRpc = speaksOfRpc(document);
  routes.forEach((route, index) => {
    if (!takesRpc(route, anyRpc)) return;
    route.backends?.forEach(({ version = '', weight }, position) => {
      const { worker, version: workerVersion } = ownEntry(versions, version) ?? {};
      if (workerVersion === undefined || weight === 0) return;
      warn(
        lintCode.versionForRpc,
        ['routes', index, 'backends', position, 'version'],
        `RPC calls cannot choose a version of a Worker: they go by the deployment's own split of ${worker}, not to ${workerVersion}`,
        'a Worker of its own for the version, or another route for RPC calls',
      );
    });
  });
}

/** A match that asks for what only a fetch has holds for no RPC call. */
function takesRpc({ matches = [], hostnames }: DocumentRoute, anyRpc: boolean): boolean {
  if (hostnames !== undefined) return false;
  if (matches.length === 0) return anyRpc;
  return matches.some(
    ({ rpc, path, method, queryParams, cookies, host, scheme, ports }) =>
      rpc !== undefined ||
      (anyRpc && [path, method, queryParams, cookies, host, scheme, ports].every((field) => field === undefined)),
  );
}

function speaksOfRpc({ routes = [], access }: ServiceDocument): boolean {
  if (access?.rules?.some(({ to = [] }) => [to].flat().some(({ rpc }) => rpc !== undefined))) return true;
  return routes.some(
    ({ matches, retry }) =>
      matches?.some(({ rpc }) => rpc !== undefined) || retry?.methods?.some((method) => !isHttpMethod(method)),
  );
}
