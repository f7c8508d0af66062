/** Paths as they are sent, and as policies and services see them: through an edge in each of Istio's modes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { destinationOf, notApplicableOf, type PlannedProbe } from '../../suite.ts';
import type { WorldToRun } from '../../world/plan-edges.ts';
import { sendProbe } from '../../world/probe-client.ts';
import { readJson, type SecurityRequest } from '../security-case.ts';
import { securityEntry, securityWorld } from '../security-world.ts';
import { unlike, verdictOf } from './row.ts';
import type { RowPlan } from './row-plan.ts';

interface Table {
  readonly modes: readonly {
    readonly name: string;
    readonly normalization: string;
    readonly cases: readonly (readonly [sent: string, seen: string])[];
  }[];
}

const request: SecurityRequest = { from: { service: 'a', namespace: 'echo1' }, expect: 'allow' };

/** A service without rules: what it is about is the path, which a mode without normalisation has no rules for. */
export const normalizationRows: RowPlan = (istio, file) => {
  const { modes } = readJson<Table>(join(istio, 'authz', file));
  const worlds: WorldToRun[] = [];
  const probes: PlannedProbe[] = [];
  const reasons: string[] = [];
  for (const { name, normalization, cases } of modes) {
    const id = `paths ${name}`;
    // The document of a service that no manifest is about is written by hand; a policy that watches makes one.
    const world = securityWorld({ id, manifests: [watching] }, id, [request], { pathNormalization: { normalization } });
    const { entry, origin } = securityEntry({ id }, world, request);
    worlds.push({ world, entries: [entry] });
    for (const [sent, seen] of cases) {
      const title = `${name} ${sent}`;
      if (seen.includes('/../')) {
        reasons.push('dot segments that nobody resolves: the runtime does, before a Worker sees the target');
        continue;
      }
      probes.push({
        name: title,
        run: async ({ url }) => {
          const to = destinationOf(world, entry, origin, url);
          const headers = { host: new URL(origin).host };
          const answer = await sendProbe({ method: 'GET', path: sent, headers, probe: randomUUID() }, to);
          return verdictOf(title, unlike(answer.echo?.path ?? String(answer.status), seen));
        },
      });
    }
  }
  return { worlds, probes, notApplicable: notApplicableOf(reasons) };
};

const watching = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: watching, namespace: echo1 }
spec: { action: AUDIT, rules: [{}] }
`;
