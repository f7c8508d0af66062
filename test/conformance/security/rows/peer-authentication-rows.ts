/** Which mode several PeerAuthentications give a workload: as merged, and in the documents that they become. */
import { join } from 'node:path';
import { Report } from '../../../../src/interop/import-issue.ts';
import { importManifests } from '../../../../src/interop/import-manifests.ts';
import { byAge } from '../../../../src/interop/istio/by-age.ts';
import { effectiveMode } from '../../../../src/interop/istio/security/mtls-mode.ts';
import { readPeerAuthentication } from '../../../../src/interop/istio/security/peer-authentication.ts';
import { selectorOf } from '../../../../src/interop/istio/security/policy-targets.ts';
import { parseManifestFile, readManifests } from '../../../../src/interop/manifests/manifest.ts';
import type { PlannedCase } from '../../suite.ts';
import { readJson } from '../security-case.ts';
import { row, unlike } from './row.ts';

interface Row {
  readonly name: string;
  readonly manifests: readonly string[];
  readonly expectEffective: { readonly mode: string; readonly perPort?: Readonly<Record<string, string>> };
}

const rootNamespace = 'root-namespace';

/** The workload that all policies of the table select. */
const workload = `apiVersion: v1
kind: Service
metadata: { name: foo, namespace: my-ns }
spec: { selector: { app: foo }, ports: [{ port: 80 }, { port: 90 }, { port: 100 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: foo, namespace: my-ns }
spec: { template: { metadata: { labels: { app: foo, stage: prod } } } }
`;

export function peerAuthenticationRows(istio: string, file: string): Pick<PlannedCase, 'worlds' | 'probes'> {
  const { cases } = readJson<{ readonly cases: readonly Row[] }>(join(istio, 'authz', file));
  return {
    worlds: [],
    probes: cases.map(({ name, manifests, expectEffective }) =>
      row(name, () => [
        ...unlike(merged(manifests), { mode: expectEffective.mode, perPort: expectEffective.perPort ?? {} }),
        // What the mode means for a caller: it must have proven who it is, or not.
        ...unlike(documentMode(manifests), expectEffective.mode === 'STRICT' ? 'strict' : 'permissive'),
      ]),
    ),
  };
}

function merged(texts: readonly string[]): object {
  const files = texts.map((text, index) => parseManifestFile({ name: `${index}.yaml`, text }));
  const policies = readManifests(files, new Report(true), false)
    .sort(byAge)
    .flatMap((manifest) => readPeerAuthentication(manifest, { levelOf }, rootNamespace) ?? []);
  const { mode, ports } = effectiveMode(policies);
  return { mode, perPort: Object.fromEntries(ports) };
}

function levelOf(manifest: Parameters<typeof selectorOf>[0]): 'mesh' | 'namespace' | 'workload' {
  if (selectorOf(manifest) !== undefined) return 'workload';
  return manifest.namespace === rootNamespace ? 'mesh' : 'namespace';
}

function documentMode(texts: readonly string[]): string {
  const files = [workload, ...texts].map((text, index) => ({ name: `${index}.yaml`, text }));
  const { documents } = importManifests(files, { rootNamespace, lenient: true });
  let [mode, ofMesh]: (string | undefined)[] = [];
  for (const document of documents) {
    if (document.key === 'mesh') ofMesh = document.value.defaults?.access?.mode;
    else if (document.key === 'service/foo') mode = document.value.access?.mode;
  }
  return mode ?? ofMesh ?? 'permissive';
}
