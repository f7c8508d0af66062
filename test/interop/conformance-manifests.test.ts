/** Every published manifest that the conformance folder holds becomes documents that the mesh accepts. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importManifests } from '../../src/interop/import-manifests.ts';
import { effectiveRetryPolicy, type RetrySettings } from '../../src/interop/istio/routes/retries.ts';
import type { ManifestFile } from '../../src/interop/manifests/manifest.ts';
import { parseDocument } from '../../src/model/reading/parse.ts';
import { conformanceFolder } from '../conformance/folder.ts';

interface GatewayCase {
  readonly profile: string;
  readonly manifest: string;
  readonly gatewayManifest?: string;
  readonly supportManifest?: string;
}

const root = conformanceFolder(undefined);

function jsonFiles(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), 'utf8')) as T;
}

function gatewayFiles(name: string): ManifestFile[] {
  const content = read<GatewayCase>(name);
  const base = content.profile === 'MESH-HTTP' ? 'base-mesh.yaml' : 'base-gateway.yaml';
  const texts = [content.gatewayManifest, content.supportManifest, content.manifest];
  return [
    { name: base, text: readFileSync(join(root, 'gateway-api/manifests', base), 'utf8') },
    ...texts.flatMap((text, index) => (text ? [{ name: `case-${index}.yaml`, text }] : [])),
  ];
}

function expectSound(files: readonly ManifestFile[]): void {
  const { documents, issues } = importManifests(files);
  expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
  for (const { key, value } of documents) {
    const parsed = parseDocument(JSON.stringify(value), { key });
    expect(parsed.ok ? [] : parsed.issues).toEqual([]);
  }
}

const gatewayCases = [...jsonFiles('gateway-api/cases'), ...jsonFiles('gateway-api/cases-extra')];

describe.skipIf(gatewayCases.length === 0)('manifests of the Gateway API suite become valid documents', () => {
  test.each(gatewayCases)('%s', (name) => {
    expectSound(gatewayFiles(name));
  });
});

interface IstioCase {
  readonly manifests?: readonly string[];
  readonly cases?: readonly RetryRow[];
}

interface RetryRow {
  readonly name: string;
  readonly retries: (RetrySettings & { readonly _hashPolicy?: boolean }) | null;
  readonly expect: Readonly<Record<string, unknown>> | null;
}

/** A route of a sample that is published without its gateway. */
const withoutGateway = 'istio/traffic/helloworld-gateway-api.json';
const istioCases = [...jsonFiles('istio/traffic'), ...jsonFiles('istio/bookinfo')].filter(
  (name) => name !== withoutGateway,
);

describe.skipIf(istioCases.length === 0)("manifests of Istio's cases become valid documents", () => {
  test.each(istioCases)('%s', (name) => {
    const { manifests = [] } = read<IstioCase>(name);
    expectSound(manifests.map((text, index) => ({ name: `case-${index}.yaml`, text })));
  });
});

const retryRows = existsSync(join(root, 'istio/traffic'))
  ? (read<IstioCase>('istio/traffic/retry-policy-conversion.json').cases ?? [])
  : [];

describe.skipIf(retryRows.length === 0)("retries have Istio's policy", () => {
  test.each(retryRows)('$name', ({ retries, expect: expected }) => {
    const policy = effectiveRetryPolicy(retries, retries?._hashPolicy === true);
    if (expected === null) expect(policy).toBeNull();
    else expect(policy).toMatchObject(expected);
  });
});
