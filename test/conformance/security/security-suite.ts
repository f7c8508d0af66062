/** Istio's cases on access and on end users' tokens as suites. */
import { join } from 'node:path';
import type { SuiteName } from '../score.ts';
import { destinationOf, notApplicableOf, type PlannedCase, type PlannedProbe } from '../suite.ts';
import type { Entry, WorldToRun } from '../world/plan-edges.ts';
import { accountRows } from './rows/account-rows.ts';
import { runSecurityProbe } from './run-security-case.ts';
import { readSecurityCases, type SecurityCase, type SecurityRequest } from './security-case.ts';
import { ruleRows } from './security-rows.ts';
import { securityApps, securityEntry, securityWorld } from './security-world.ts';
import { silentFindings } from './silent-verdict.ts';

/** The suite of Istio's authorisation tests and documentation; none where the folder has no such cases. */
export function authzCases(folder: string): PlannedCase[] {
  const files = readSecurityCases(folder, ['authz', 'authz-docs'], Object.keys(ruleRows.istioAuthz)) ?? [];
  return [...files.map((file) => planCase('istioAuthz', file)), ...rowCases('istioAuthz', folder)];
}

/** The suite of Istio's tests of tokens. */
export function jwtCases(folder: string): PlannedCase[] {
  const others = ['tokens.json', ...Object.keys(ruleRows.istioJwt)];
  const files = readSecurityCases(folder, ['jwt'], others) ?? [];
  return [...files.map((file) => planCase('istioJwt', file)), ...rowCases('istioJwt', folder)];
}

function rowCases(suite: 'istioAuthz' | 'istioJwt', folder: string): PlannedCase[] {
  return Object.entries(ruleRows[suite]).map(([name, plan]) => ({
    suite,
    name: name.replace(/\.json$/, ''),
    feature: 'rows',
    notApplicable: [],
    ...plan(join(folder, 'istio'), name),
  }));
}

function planCase(suite: SuiteName, file: SecurityCase): PlannedCase {
  const parts = partsOf(file).map((part) => planPart(part.file, part.name, part.requests));
  return {
    suite,
    name: file.id,
    feature: featureOf(file.id),
    worlds: parts.map(({ world }) => world),
    probes: [...parts.flatMap(({ probes }) => probes), ...accountRows(file)],
    notApplicable: notApplicableOf(parts.flatMap(({ reasons }) => reasons)),
  };
}

interface CasePart {
  readonly file: SecurityCase;
  readonly name: string;
  readonly requests: readonly SecurityRequest[];
}

/** Requests of one world each: of the case's own manifests, of other labels of its target, or of one table among several. */
function partsOf(file: SecurityCase): CasePart[] {
  const parts = new Map<string, { file: SecurityCase; name: string; requests: SecurityRequest[] }>();
  for (const request of file.requests ?? []) {
    const labels = JSON.stringify(request.targetLabels ?? '');
    const part = parts.get(labels) ?? {
      file,
      name: `${file.id}${labels === '""' ? '' : ` with ${labels}`}`,
      requests: [],
    };
    part.requests.push(request);
    parts.set(labels, part);
  }
  const tables = (file.suites ?? []).map(({ manifests, requests }, index) => ({
    file: { ...file, manifests },
    name: `${file.id} ${index}`,
    requests,
  }));
  return [...parts.values(), ...tables];
}

function planPart(
  file: SecurityCase,
  name: string,
  requests: readonly SecurityRequest[],
): { readonly world: WorldToRun; readonly probes: PlannedProbe[]; readonly reasons: string[] } {
  const applicable = requests.filter((request) => inapplicable(request) === undefined);
  const world = securityWorld(file, name, applicable);
  const entries: Entry[] = [];
  const probes = applicable.map((request): PlannedProbe => {
    const { entry, origin } = securityEntry(file, world, request);
    entries.push(entry);
    const title = nameOf(request);
    const silent = silentFindings(request, world.documents.get(serviceOf(entry)));
    return {
      name: title,
      run: ({ url, journal }) =>
        runSecurityProbe(request, title, { to: destinationOf(world, entry, origin, url), journal, silent }),
    };
  });
  return {
    world: { world, entries, apps: securityApps(world) },
    probes,
    reasons: requests.flatMap((request) => inapplicable(request) ?? []),
  };
}

function serviceOf(entry: Entry): string {
  if (entry.kind === 'pod') return '';
  return entry.kind === 'public' ? entry.gateway : entry.service;
}

function nameOf({ name, method = 'GET', host, path = '/', from, expect }: SecurityRequest): string {
  const who = from?.spiffe ?? from?.principal ?? from?.via ?? from?.service ?? 'anybody';
  return `${name ?? `${method} ${host ?? ''}${path}`} from ${who}: ${expect}`;
}

/** Only what asks for a protocol or a fact that a Worker never sees. */
function inapplicable({ protocol, path = '' }: SecurityRequest): string | undefined {
  if (protocol === 'tcp') return 'raw TCP: a Worker is called by HTTP and RPC';
  if (path.startsWith('/connection-sni'))
    return 'connection.sni: the platform in front of a Worker ends TLS, and tells no Worker the name in the handshake';
  if (path.startsWith('/destination-ip')) return 'destination.ip: a Worker has no address of its own';
  return undefined;
}

/** The first word of a file's name is what its cases are about. */
function featureOf(id: string): string {
  return id.split('-')[0] ?? id;
}
