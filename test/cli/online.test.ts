/** The CLI against a control on workerd, found as `selvedge dev` leaves it: by `.selvedge/dev.json` in a parent directory. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlMesh, call, report, startControl, token } from '../control/control-mesh.ts';
import { selvedgeInProcess } from './in-process.ts';
import { selvedge } from './spawn.ts';

const paymentYaml = `service: payment
versions:
  v1: { worker: payment }
  v2: { worker: payment-v2 }
routes:
  - name: default
    timeouts: { request: 2s }
    backends: [{ version: v1, weight: 100 }, { version: v2, weight: 0 }]
`;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

let mesh: ControlMesh;
let folder: string;
let below: string;
const run = (...args: string[]) => selvedgeInProcess(args, below);
const runJson = async (...args: string[]) => JSON.parse((await run(...args, '--json')).out);

beforeAll(async () => {
  const topology = { services: { payment: { workers: ['payment', 'payment-v2'], callers: ['orders'] } } };
  mesh = await startControl({ topology });
  folder = await mkdtemp(join(tmpdir(), 'selvedge-cli-'));
  below = join(folder, 'shop');
  await mkdir(join(folder, '.selvedge'), { recursive: true });
  await mkdir(join(below, 'config'), { recursive: true });
  await mkdir(join(below, 'broken'));
  await writeFile(
    join(folder, '.selvedge/dev.json'),
    JSON.stringify({ control: mesh.url, token, gateway: '', pid: process.pid }),
  );
  await writeFile(join(below, 'config/payment.yaml'), paymentYaml);
  await writeFile(join(below, 'config/mesh.yaml'), 'trustDomain: shop.example\n');
  await writeFile(join(below, 'broken/mesh.yaml'), 'trustDomain: other.example\n');
  await writeFile(join(below, 'broken/payment.yaml'), paymentYaml.replace('worker: payment }', 'wroker: payment }'));
}, 120_000);
afterAll(async () => {
  await mesh?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('apply, get, split', () => {
  it('a dry run tells what would be and writes nothing', async () => {
    const { code, out } = await selvedge(['apply', '-f', 'config', '--dry-run'], below);
    expect(out).toMatch(/would be created +service\/payment/);
    expect(code).toBe(0);
    expect(await mesh.read('service/payment')).toBeNull();
  });

  it('apply writes all documents of a directory', async () => {
    expect((await runJson('apply', '-f', 'config')).results).toMatchObject([
      { key: 'mesh', change: 'created' },
      { key: 'service/payment', change: 'created' },
    ]);
    const again = await run('apply', '-f', 'config');
    expect(again.out).toMatch(/unchanged +service\/payment/);
  });

  it('apply of a directory with one malformed document writes none, names the place and exits 1', async () => {
    const { code, err } = await run('apply', '-f', 'broken');
    expect(err).toMatch(/broken\/payment\.yaml:3:9: error SV0005 /);
    expect(code).toBe(1);
    expect(JSON.parse((await mesh.read('mesh')) as string)).toEqual({ trustDomain: 'shop.example' });
    const asJson = await run('apply', '-f', 'broken', '--json');
    const { error } = JSON.parse(asJson.out);
    expect(error).toMatchObject({ code: 'malformed' });
    expect(error.issues[0]).toMatchObject({ file: 'broken/payment.yaml', line: 3 });
    expect(asJson.code).toBe(1);
  });

  it('get lists the documents and prints one as YAML or JSON', async () => {
    expect((await run('get')).out).toMatch(/service\/payment +[0-9a-f]{12} +ok/);
    expect((await run('get', 'payment')).out).toContain('request: 2s');
    expect(JSON.parse((await run('get', 'service/payment', '-o', 'json')).out)).toMatchObject({ service: 'payment' });
    expect(await runJson('get', 'mesh')).toMatchObject({
      key: 'mesh',
      state: 'ok',
      document: { trustDomain: 'shop.example' },
    });
    const missing = await run('get', 'nobody');
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('service/nobody');
  });

  it('split moves traffic and leaves the rest of the document', async () => {
    const { code, out } = await run('split', 'payment', 'v1=90', 'v2=10');
    expect(code).toBe(0);
    expect(out).toMatch(/v1 +100% +90%/);
    expect(out).toMatch(/v2 +0% +10%/);
    const stored = JSON.parse((await mesh.read('service/payment')) as string);
    expect(stored.routes).toEqual([
      {
        name: 'default',
        timeouts: { request: '2s' },
        backends: [
          { version: 'v1', weight: 90 },
          { version: 'v2', weight: 10 },
        ],
      },
    ]);
  });

  it('split to a version that is not declared exits 1 and names those that are', async () => {
    const { code, err } = await run('split', 'payment', 'v9=1');
    expect(code).toBe(1);
    expect(err).toContain('v1, v2');
  });

  it('explain asks the documents as the registry holds them, with the Workers and callers that the mesh has', async () => {
    const explained = await runJson('explain', 'POST', 'http://payment/charge', '--caller', 'orders');
    expect(explained).toMatchObject({
      from: mesh.url,
      service: 'payment',
      caller: 'spiffe://shop.example/svc/orders',
      route: {
        name: 'default',
        requestTimeoutMs: 2000,
        backends: [{ name: 'v1', endpoints: [{ resolved: true }] }, {}],
      },
    });
    const { code, err } = await run('explain', 'http://nobody/', '--caller', 'orders');
    expect([code, err]).toEqual([1, expect.stringMatching(/no service of the mesh.*payment/)]);
  });
});

describe('access', () => {
  it('shows who may call whom by the documents in the registry and the bindings of the mesh', async () => {
    const { code, out } = await run('access');
    expect([code, out]).toEqual([0, expect.stringMatching(/\norders +\(none\) +all\n/)]);
    expect(await runJson('access', 'payment', '--caller', 'orders')).toMatchObject({
      from: mesh.url,
      services: [{ service: 'payment', declared: ['orders'], cells: [{ callers: ['orders'], verdict: 'all' }] }],
    });
  });
});

describe('a control that is older than the command line', () => {
  it('says who may call whom, also where it counts no dry runs', async () => {
    const { createServer } = await import('node:http');
    const server = createServer(async ({ url = '', headers }, response) => {
      const known = url.startsWith('/api/access/dry-runs') ? '/api/of-a-later-control' : url;
      const { authorization = '' } = headers;
      const answer = await fetch(mesh.url + known, { headers: { authorization } });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = server.address() as { port: number };
      const { code, out, err } = await run('access', '--control', `http://127.0.0.1:${port}`, '--token', token);
      expect([code, out, err]).toEqual([0, expect.stringMatching(/\norders +\(none\) +all\n/), '']);
    } finally {
      server.close();
    }
  });
});

describe('status', () => {
  it('exits 0 while all is well', async () => {
    const status = await runJson('status');
    const revision = status.services[0].document.revision;
    await mesh.ingest(0, { isolate: 'isolate-a', edges: [report({ revision })] });
    const { code, out } = await run('status');
    expect(out).toMatch(/payment +ok +[0-9a-f]{12} +ok +[0-9a-f]{12}/);
    expect(code).toBe(0);
  });

  it('exits 1 and names the place where somebody broke a document in KV', async () => {
    const before = (await mesh.read('service/payment')) as string;
    await mesh.put('service/payment', before.replace('"routes"', '"roots"'));
    const { code, out } = await run('status');
    expect(out).toMatch(/payment +malformed/);
    expect(out).toMatch(/service\/payment:\d+:\d+: error SV0005 unknown field "roots"/);
    expect(code).toBe(1);
    await mesh.put('service/payment', before);
  });
});

describe('traces and trace', () => {
  beforeAll(async () => {
    const attempt = {
      spanId: '00000000000000a1',
      version: 'v1',
      endpoint: 'storefront',
      startMs: Date.now(),
      durationMs: 30,
      status: 200,
      outcome: 'response' as const,
    };
    const root = call({ traceId, spanId: '00000000000000c1', attempts: [attempt] });
    const child = call({
      traceId,
      spanId: '00000000000000c2',
      parentSpanId: '00000000000000a1',
      service: 'payment',
      path: '/charge',
      caller: 'storefront',
      door: 'mesh',
      hops: 2,
      status: 503,
      durationMs: 10,
      reason: 'retry budget is spent',
    });
    await mesh.ingest(3, { isolate: 'isolate-b', records: [root, child] });
  });

  it('traces lists and filters', async () => {
    expect((await run('traces')).out).toMatch(
      /4bf92f3577b3 +\S+ m?s +storefront POST \/orders +200 .* 3 +payment storefront/,
    );
    expect(
      (await runJson('traces', '--service', 'payment', '--status', '5xx', '--min-duration', '20ms')).traces,
    ).toHaveLength(1);
    expect((await runJson('traces', '--min-duration', '5s')).traces).toEqual([]);
    expect((await run('traces', '--outcome', 'cancelled')).out).toContain('No such traces');
  });

  it('trace draws the journey by a beginning of its id, with its invocations', async () => {
    const { code, out } = await run('trace', '4bf9');
    expect(code).toBe(0);
    expect(out).toContain(traceId);
    expect(out).toContain('3 of 32 invocations');
    expect(out).toMatch(/storefront v1 POST \/orders/);
    expect(out).toMatch(/payment v1 POST \/charge.*503/);
    expect(out).toContain('retry budget is spent');
    expect(await runJson('trace', traceId)).toMatchObject({ traceId, invocations: 3 });
  });

  it('trace of an unknown id exits 1', async () => {
    const { code, out } = await run('trace', 'ffff', '--json');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'not_found' } });
    expect(code).toBe(1);
  });
});

describe('where control is', () => {
  it('the command line wins over the environment, which wins over dev.json', async () => {
    const wrong = { SELVEDGE_CONTROL: 'http://127.0.0.1:1', SELVEDGE_TOKEN: 'wrong' };
    expect((await selvedgeInProcess(['get'], below, wrong)).code).toBe(3);
    expect((await selvedge(['get', '--control', mesh.url, '--token', token], below, wrong)).code).toBe(0);
  });

  it('a refused token exits 3 with its code', async () => {
    const { code, out } = await run('get', '--token', 'wrong', '--json');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'unauthenticated' } });
    expect(code).toBe(3);
  });
});

describe('audit', () => {
  it('lists who changed what, newest first, in the words of the change', async () => {
    const { code, out } = await run('audit', '--key', 'service/payment');
    expect(code).toBe(0);
    expect(out).toMatch(
      /token +admin +127\.0\.0\.1 +apply service\/payment +made +none -> [0-9a-f]{12}\n +versions v1, v2/,
    );
    const page = await runJson('audit', '--limit', '1');
    expect(page.entries).toHaveLength(1);
    const older = await runJson('audit', '--before', String(page.next));
    expect(older.entries[0].id).toBeLessThan(page.entries[0].id);
  });

  it('tells of a question that makes no sense, and exits 1', async () => {
    const { code, err } = await run('audit', '--outcome', 'lost');
    expect(err).toContain('outcome must be one of');
    expect(code).toBe(1);
  });
});

describe('the token', () => {
  it.each([
    ['status'],
    ['status', '--json'],
    ['get', '-o', 'json'],
    ['audit', '--json'],
    ['traces'],
    ['apply', '-f', 'broken'],
    ['split', 'payment', 'v9=1'],
  ])('is in no output of %s %s', async (...args) => {
    const { out, err } = await run(...args);
    expect(out + err).not.toContain(token);
  });

  it.each([
    { name: 'where it is wrong', control: () => mesh.url },
    { name: 'where nobody answers', control: () => 'http://127.0.0.1:9' },
  ])('is not repeated $name', async ({ control }) => {
    const { code, out, err } = await run('status', '--control', control(), '--token', 'a-guess-at-the-token');
    expect(code).toBe(3);
    expect(out + err).not.toContain('a-guess-at-the-token');
  });
});

describe('a service token of Cloudflare Access', () => {
  it('goes where a person said that control is, and to nobody that this redirects to', async () => {
    const seen: (readonly [string | undefined, string | string[] | undefined])[] = [];
    const { createServer } = await import('node:http');
    const server = createServer((request, response) => {
      seen.push([request.url, request.headers['cf-access-client-secret']]);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const { port } = server.address() as { port: number };
      const env = {
        SELVEDGE_CONTROL: `http://127.0.0.1:${port}`,
        CF_ACCESS_CLIENT_ID: 'client.access',
        CF_ACCESS_CLIENT_SECRET: 'secret-of-the-client',
      };
      const { code, out, err } = await selvedgeInProcess(['status'], below, env);
      expect(code).toBe(3);
      expect(seen).toEqual([['/api/status', 'secret-of-the-client']]);
      expect(out + err).not.toContain('secret-of-the-client');
    } finally {
      server.close();
    }
  });
});
