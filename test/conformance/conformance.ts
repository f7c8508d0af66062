import { readGatewayApiCases } from './gateway-api/case-file.ts';
import { gatewayCases } from './gateway-api/gateway-suite.ts';
import type { ProbeResult } from './gateway-api/run-gateway-case.ts';
import { readIstioCases } from './istio/istio-case.ts';
import { istioCases } from './istio/istio-suite.ts';
import type { CaseResult } from './score.ts';
import { readIssuerKeys } from './security/security-case.ts';
import { authzCases, jwtCases } from './security/security-suite.ts';
import type { PlannedCase, Surroundings } from './suite.ts';
import { Journal } from './world/journal.ts';
import { type IssuerKeys, startMeshUnderTest } from './world/mesh-under-test.ts';

/** Hosts outside of the mesh that answer; the cases name others, of which none does. */
const internet = new Map(
  ['b', 'c', 'd'].map((name) => [name, { namespace: 'echo', name: `${name}-v1`, service: name, version: 'v1' }]),
);

/** How many cases run at once. Backends tell the probes apart, so only time is shared. */
const concurrency = 4;

/** Runs the cases of a folder that are chosen; `undefined` where the folder is absent. */
export async function runConformance(
  folder: string,
  isChosen: (planned: PlannedCase) => boolean = () => true,
): Promise<readonly CaseResult[] | undefined> {
  const gatewayApi = readGatewayApiCases(folder);
  if (gatewayApi === undefined) return undefined;
  const all = [
    ...gatewayCases(gatewayApi),
    ...istioCases('istioTraffic', readIstioCases(folder, 'traffic') ?? []),
    ...istioCases('bookinfo', readIstioCases(folder, 'bookinfo') ?? []),
    ...authzCases(folder),
    ...jwtCases(folder),
  ];
  return runCases(all.filter(isChosen), readIssuerKeys(folder));
}

async function runCases(cases: readonly PlannedCase[], keys: IssuerKeys | undefined): Promise<readonly CaseResult[]> {
  const journal = new Journal();
  const runnable = cases.filter((one) => errorsOf(one).length === 0);
  const mesh = await startMeshUnderTest(
    runnable.flatMap(({ worlds }) => worlds),
    journal,
    internet,
    keys,
  );
  const results = new Map<PlannedCase, CaseResult>();
  try {
    // The cases that wait longest stand last in their folders; begun last, they would be waited for alone.
    const left = [...cases].reverse();
    const chain = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        results.set(next, await runCase(next, { url: mesh.url, journal }));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, chain));
  } finally {
    await mesh.stop();
  }
  return cases.map((one) => results.get(one) as CaseResult);
}

async function runCase(planned: PlannedCase, surroundings: Surroundings): Promise<CaseResult> {
  const { suite, name, feature, notApplicable } = planned;
  const errors = errorsOf(planned);
  const probes: ProbeResult[] = [];
  for (const probe of planned.probes) {
    probes.push(
      errors.length === 0
        ? await probe.run(surroundings)
        : { name: probe.name, official: false, strict: false, findings: errors },
    );
  }
  return { suite, name, feature, errors, probes, notApplicable };
}

function errorsOf({ worlds }: PlannedCase): readonly string[] {
  return worlds.flatMap(({ world }) => world.errors);
}
