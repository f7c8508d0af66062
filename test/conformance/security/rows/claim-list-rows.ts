/** Claims of which the text is a list of words: a condition on one word holds for these, and for no other claim. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { destinationOf, type PlannedProbe } from '../../suite.ts';
import type { WorldToRun } from '../../world/plan-edges.ts';
import { type Destination, sendProbe } from '../../world/probe-client.ts';
import { issuerKeys, signedToken } from '../issuer.ts';
import { readJson, type SecurityRequest } from '../security-case.ts';
import { securityEntry, securityWorld } from '../security-world.ts';
import { unlike, verdictOf } from './row.ts';
import type { RowPlan } from './row-plan.ts';

interface Row {
  readonly name: string;
  readonly input: readonly string[] | null;
  readonly expected: readonly string[];
}

const issuer = 'https://issuer.example.com';
const request: SecurityRequest = { from: { service: 'a', namespace: 'echo1' }, expect: 'allow' };

export const claimListRows: RowPlan = (istio, file) => {
  const { cases } = readJson<{ readonly cases: readonly Row[] }>(join(istio, 'jwt', file));
  const worlds: WorldToRun[] = [];
  const claims = [...new Set(cases.flatMap(({ expected }) => expected)), 'plain'].sort();
  const probes = cases.map(({ name, input, expected }): PlannedProbe => {
    const id = `claims: ${name}`;
    const world = securityWorld({ id, manifests: manifestsOf(input, claims) }, id, [request]);
    const { entry, origin } = securityEntry({ id }, world, request);
    worlds.push({ world, entries: [entry] });
    return {
      name,
      run: async ({ url }) => {
        const lists = await listsAmong(claims, destinationOf(world, entry, origin, url));
        return verdictOf(name, unlike(lists, expected));
      },
    };
  });
  return { worlds, probes };
};

function manifestsOf(input: Row['input'], claims: readonly string[]): string[] {
  const object = (kind: string, spec: object): string =>
    stringify({ apiVersion: 'security.istio.io/v1', kind, metadata: { name: 'lists', namespace: 'echo1' }, spec });
  const rule = { issuer, jwks: JSON.stringify(issuerKeys), ...(input === null ? {} : { spaceDelimitedClaims: input }) };
  const rules = claims.map((claim) => ({
    to: [{ operation: { paths: [`/${claim}`] } }],
    when: [{ key: `request.auth.claims[${claim}]`, values: ['word'] }],
  }));
  return [object('RequestAuthentication', { jwtRules: [rule] }), object('AuthorizationPolicy', { rules })];
}

/** The claims of which one word is enough. */
async function listsAmong(claims: readonly string[], to: Destination): Promise<string[]> {
  const found: string[] = [];
  for (const claim of claims) {
    const token = signedToken({ iss: issuer, sub: 'somebody', [claim]: 'a word' });
    const headers = { authorization: `Bearer ${token}` };
    const { status } = await sendProbe({ method: 'GET', path: `/${claim}`, headers, probe: randomUUID() }, to);
    if (status === 200) found.push(claim);
  }
  return found;
}
