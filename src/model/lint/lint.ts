/**
 * Lint: what is well-formed but doubtful, seen over the whole mesh. A finding names the registry key as its file, and is a warning
 * unless what is asked for cannot be done; edges serve such documents, and send the share of traffic that cannot be resolved to a 500.
 */

import type { Topology } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import { type Issue, pathText } from '../findings/issue.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { StoredDocument } from '../sound-document.ts';
import { accessSections } from './access-section.ts';
import { lintAccessNames } from './lint-access-names.ts';
import { lintAccessReach } from './lint-access-reach.ts';
import { lintAccessRules } from './lint-access-rules.ts';
import { lintAuthentication, lintMeshIssuers } from './lint-authentication.ts';
import { lintAuthoriser } from './lint-authorisers.ts';
import { lintCode, lintErrors, lintNotes, type Warn } from './lint-code.ts';
import { lintFilters } from './lint-filters.ts';
import { lintGateways } from './lint-gateways.ts';
import { lintListeners } from './lint-listeners.ts';
import { lintMtls } from './lint-mtls.ts';
import { lintRoutes } from './lint-routes.ts';
import { lintRpc } from './lint-rpc.ts';

/**
 * All findings, by document. Without a topology nothing is said about Workers and services that are not among the documents; without an
 * instant nothing about what time windows and the who-may-call-whom matrix tell.
 */
export function lintMesh(documents: readonly StoredDocument[], topology?: Topology, nowMs?: number): Issue[] {
  const issues: Issue[] = [];
  const services = documents.flatMap((document) => (document.kind === 'service' ? [document.service] : []));
  const mesh = documents.find((document) => document.kind === 'mesh');
  const atHand = { services, mesh: mesh?.kind === 'mesh' ? mesh.mesh : undefined, topology };
  lintMeshIssuers(atHand.mesh, warnAbout('mesh', issues));
  for (const section of accessSections(atHand)) {
    const warn = warnAbout(section.service === undefined ? 'mesh' : `service/${section.service}`, issues);
    lintAccessNames(section, warn);
    lintAccessRules(section, nowMs, warn);
  }
  if (nowMs !== undefined) lintAccessReach({ documents: services, ...atHand, nowMs }, (key) => warnAbout(key, issues));
  const seen = new Set<string>();
  for (const document of services) {
    const warn = warnAbout(`service/${document.service}`, issues);
    if (seen.has(document.service))
      warn(
        lintCode.duplicateDocument,
        ['service'],
        `there is another document about ${document.service}`,
        'one document for each service',
      );
    seen.add(document.service);
    lintTopology(document, topology, warn);
    lintGateways(document, atHand, warn);
    lintRoutes(document, warn);
    lintListeners(document, warn);
    lintFilters(document, warn);
    lintRpc(document, warn);
    lintMtls(document, warn);
    lintEffect(document, warn);
    lintAuthentication(document, atHand.mesh, warn);
    lintAuthoriser(document, atHand, warn);
  }
  for (const service of Object.keys(topology?.services ?? {})) {
    if (!seen.has(service))
      warnAbout(`service/${service}`, issues)(
        lintCode.missingDocument,
        [],
        `the mesh has the service ${service}, and no document says how it is reached`,
        'a document; until then its edge answers 503',
      );
  }
  return issues;
}

function warnAbout(file: string, issues: Issue[]): Warn {
  return (code, path, message, expected = '') => {
    const severity = lintErrors.has(code) ? 'error' : lintNotes.has(code) ? 'info' : 'warning';
    issues.push({ file, line: 0, column: 0, path: pathText(path), message, expected, severity, code });
  };
}

function oneOfOrDeployed(names: readonly string[]): string {
  return names.length === 0 ? 'a deployment that adds it' : `one of ${names.join(', ')}, or a deployment that adds it`;
}

function lintTopology(document: ServiceDocument, topology: Topology | undefined, warn: Warn): void {
  if (topology === undefined) return;
  const service = ownEntry(topology.services, document.service);
  if (service === undefined) {
    warn(
      lintCode.unknownService,
      ['service'],
      `${document.service} is no service of this mesh`,
      oneOfOrDeployed(Object.keys(topology.services)),
    );
    return;
  }
  for (const [name, { worker }] of Object.entries(document.versions ?? {})) {
    if (worker === undefined || service.workers.includes(worker)) continue;
    warn(
      lintCode.unresolvedWorker,
      ['versions', name, 'worker'],
      `the edge of ${document.service} has no binding to the Worker ${worker}`,
      oneOfOrDeployed(service.workers),
    );
  }
}

function lintEffect(document: ServiceDocument, warn: Warn): void {
  for (const field of ['balance', 'outlier'] as const) {
    if (document[field] !== undefined)
      warn(lintCode.noEffect, [field], `${field} has no effect, since each version has one endpoint`);
  }
}
