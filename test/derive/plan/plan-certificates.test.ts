import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentedService } from '../../../src/cli/dev/registry/documents.ts';
import { readWorker, type SourceWorker } from '../../../src/derive/configs/source-worker.ts';
import { edgeWranglerConfig } from '../../../src/derive/derived/edge-wrangler.ts';
import { planMesh } from '../../../src/derive/plan/plan.ts';

function worker(name: string, certificates?: Readonly<Record<string, string>>): SourceWorker {
  const place = { configPath: `/${name}/wrangler.toml`, directory: `/${name}`, main: `/${name}/index.js` };
  const rest = { services: [], durableObjectScripts: [], compatibilityFlags: [], hasAssets: false };
  return { ...place, worker: name, name, ...rest, ...(certificates && { certificates }) };
}

/** A document of `pay` of which a version shows the certificate. */
const showing = (mtls: string) =>
  documentedService(
    'pay',
    {
      service: 'pay',
      versions: { v1: { worker: 'pay' }, partner: { endpoints: [{ url: 'https://partner.example', mtls }] } },
    },
    { services: [], workers: [] },
  );

const rows: readonly {
  name: string;
  workers: readonly SourceWorker[];
  certificate?: string;
  bound: readonly object[] | undefined;
  noted: boolean;
}[] = [
  {
    name: 'a certificate that the document names is bound as the Worker behind the edge binds it',
    workers: [worker('pay', { PAY_CERT: 'id-1', OTHER: 'id-2' }), worker('shop', { PAY_CERT: 'id-3' })],
    bound: [{ binding: 'PAY_CERT', certificate_id: 'id-1' }],
    noted: false,
  },
  {
    name: 'where the Worker behind the edge has none, another one of the mesh may have it',
    workers: [worker('pay'), worker('shop', { PAY_CERT: 'id-3' })],
    bound: [{ binding: 'PAY_CERT', certificate_id: 'id-3' }],
    noted: false,
  },
  {
    name: 'two Workers that mean different certificates by one name give none',
    workers: [worker('pay'), worker('shop', { PAY_CERT: 'id-3' }), worker('bank', { PAY_CERT: 'id-4' })],
    bound: undefined,
    noted: true,
  },
  { name: 'a certificate that nobody has is told', workers: [worker('pay')], bound: undefined, noted: true },
  {
    name: "a binding of the edge's own is no certificate",
    workers: [worker('pay', { IDENTITY: 'id-1' })],
    certificate: 'IDENTITY',
    bound: undefined,
    noted: true,
  },
];

describe('client certificates of edges', () => {
  for (const { name, workers, certificate = 'PAY_CERT', bound, noted } of rows) {
    test(name, () => {
      const plan = planMesh({ workers, documents: [showing(certificate)], facts: {} });
      const edge = plan.edges.find(({ service }) => service === 'pay');
      if (edge === undefined) throw new Error('The plan has no edge of pay.');
      expect(edgeWranglerConfig(plan, edge, 30).mtls_certificates).toEqual(bound);
      expect(plan.notes.some((note) => note.startsWith(`pay: its document names the certificate ${certificate}`))).toBe(
        noted,
      );
    });
  }

  test('an edge gets none that its document does not name', () => {
    const plan = planMesh({ workers: [worker('pay', { PAY_CERT: 'id-1' })], documents: [], facts: {} });
    expect(plan.edges[0]?.certificates).toBeUndefined();
  });

  test('are read from the configs of Workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certificates-'));
    try {
      const config = join(folder, 'wrangler.toml');
      const binding = '[[mtls_certificates]]\nbinding = "PAY_CERT"\ncertificate_id = "id-1"\n';
      await writeFile(config, `name = "pay"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n${binding}`);
      await writeFile(join(folder, 'index.js'), 'export default {};');
      expect((await readWorker(config, undefined)).source.certificates).toEqual({ PAY_CERT: 'id-1' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
