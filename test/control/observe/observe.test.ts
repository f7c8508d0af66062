/** The lock, status and traces of control on workerd. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DryRunAnswer, TraceAnswer, TraceList } from '../../../src/control/api-types.ts';
import type { ServiceView } from '../../../src/control/observe/services.ts';
import type { StatusView } from '../../../src/control/observe/status.ts';
import { refusal } from '../../../src/core/errors/refusal.ts';
import type { AccessMap } from '../../../src/model/access-map/access-map.ts';
import { revisionOf } from '../../../src/model/revision.ts';
import type { MetricDelta } from '../../../src/telemetry/batch.ts';
import { type ControlMesh, call, report, startControl, token } from '../control-mesh.ts';

let mesh: ControlMesh;
beforeAll(async () => {
  mesh = await startControl({
    topology: {
      services: {
        orders: { workers: ['orders'], callers: ['storefront'] },
        payment: { workers: ['payment'], callers: ['orders'] },
      },
    },
  });
});
afterAll(() => mesh?.stop());

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

describe('the lock', () => {
  const bare = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(mesh.url + path, { method, headers, redirect: 'manual' });

  it.each(['/', '/api/status', '/api/documents', '/traces/1', '/dashboard.css', '/nothing'])(
    '%s is shut without a token',
    async (path) => {
      const response = await bare(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await json(response)).toMatchObject({ error: { code: 'unauthenticated' } });
    },
  );

  it.each(['Bearer wrong', `Basic ${token}`, 'Bearer', `Bearer ${token} x`, token])(
    'the authorization "%s" is refused',
    async (authorization) => {
      expect((await bare('/api/status', { authorization })).status).toBe(401);
    },
  );

  it('another Host is refused though the token is right', async () => {
    const { request } = await import('node:http');
    const url = new URL(mesh.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: `rebound.example:${url.port}`, authorization: `Bearer ${token}` };
      request({ host: url.hostname, port: url.port, path: '/api/status', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('a foreign Origin changes nothing', async () => {
    const headers = { authorization: `Bearer ${token}`, origin: 'https://evil.example' };
    const response = await fetch(`${mesh.url}/api/documents/mesh`, { method: 'PUT', headers, body: '{}' });
    expect(response.status).toBe(403);
    expect(await mesh.read('mesh')).toBeNull();
  });

  it('opening a page with the token once sets a cookie, and the token leaves the address', async () => {
    const response = await bare(`/traces/abc?token=${token}&x=1`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/traces/abc?x=1');
    const cookie = response.headers.get('set-cookie') as string;
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toContain(token);
    const pair = cookie.split(';')[0] as string;
    expect((await bare('/api/documents', { cookie: pair })).status).toBe(200);
    expect((await bare('/api/documents/mesh', { cookie: pair }, 'DELETE')).status).toBe(403);
    expect((await bare('/api/documents/mesh', { cookie: pair, origin: mesh.url }, 'DELETE')).status).toBe(404);
  });

  it('a wrong token in the address is refused, and none is taken by the API', async () => {
    expect((await bare('/?token=wrong')).status).toBe(401);
    expect((await bare(`/api/status?token=${token}`)).status).toBe(401);
  });

  it('pages may load nothing foreign and stand in no frame', async () => {
    const page = await mesh.ask('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('a control without a token', () => {
  it('refuses everything', async () => {
    const open = await startControl({ vars: { TOKEN: '' } });
    try {
      for (const authorization of ['Bearer ', 'Bearer undefined', `Bearer ${token}`]) {
        const response = await open.ask('/api/status', { headers: { authorization } });
        expect(response.status).toBe(503);
        expect(await json(response)).toMatchObject({ error: { code: 'no_token_configured' } });
      }
    } finally {
      await open.stop();
    }
  });
});

describe('status', () => {
  it('tells of a document that is broken in KV at once, without any traffic, and of what is missing', async () => {
    await mesh.put('service/payment', '{\n  "service": "payment",\n  "versions": { "v1": { "wroker": "payment" } }\n}');
    const status = await json<StatusView>(await mesh.ask('/api/status'));
    expect(status.healthy).toBe(false);
    const payment = status.services.find((one) => one.service === 'payment');
    expect(payment).toMatchObject({ document: { state: 'malformed' }, edges: [] });
    expect(payment?.document.issues).toContainEqual(
      expect.objectContaining({ line: 3, path: 'versions.v1.wroker', severity: 'error' }),
    );
    expect(status.services.find((one) => one.service === 'orders')).toMatchObject({ document: { state: 'missing' } });
  });

  it('joins what edges reported with what is in KV', async () => {
    for (const [service, workers] of [
      ['payment', 'payment'],
      ['orders', 'elsewhere'],
    ] as const) {
      const body = JSON.stringify({ service, versions: { v1: { worker: workers } } });
      expect((await mesh.ask(`/api/documents/service/${service}`, { method: 'PUT', body })).ok).toBe(true);
    }
    const { documents } = await json<{ documents: { key: string; revision: string }[] }>(
      await mesh.ask('/api/documents'),
    );
    const revision = documents.find((one) => one.key === 'service/payment')?.revision;
    const edges = [
      report({ revision }),
      report({ service: 'orders', revision: '000000000000', problem: 'service/orders:1:1: not JSON' }),
    ];
    await mesh.ingest(2, { isolate: 'isolate-a', edges });
    const status = await json<StatusView>(await mesh.ask('/api/status'));
    const payment = status.services.find((one) => one.service === 'payment');
    expect(payment).toMatchObject({
      document: { state: 'ok', revision },
      edges: [{ isolate: 'isolate-a', state: 'ok', revision }],
    });
    expect(payment?.edges[0]?.ageMs).toBeLessThan(60_000);
    const orders = status.services.find((one) => one.service === 'orders');
    expect(orders?.document.state).toBe('unresolved');
    expect(orders?.document.issues[0]).toMatchObject({ path: 'versions.v1.worker', severity: 'warning' });
  });

  it('counts lost calls from the gaps in the sequences', async () => {
    await mesh.ingest(1, { isolate: 'isolate-b', sequence: 1, calls: 0, batchCalls: 0 });
    const metric = {
      service: 'payment',
      version: 'v1',
      route: 'default',
      caller: '',
      kind: 'fetch',
      status: 200,
      outcome: 'response',
      count: 2,
      sumMs: 2,
      buckets: [2],
    } as const;
    await mesh.ingest(1, {
      isolate: 'isolate-b',
      sequence: 3,
      calls: 7,
      batchCalls: 2,
      metrics: [{ ...metric, buckets: [2] }],
    });
    const status = await json<StatusView>(await mesh.ask('/api/status'));
    expect(status.telemetry.counts.lostCalls).toBe(5);
  });
});

describe('services', () => {
  it('are told with versions, weights, callers and access', async () => {
    const body = JSON.stringify({
      service: 'payment',
      versions: { v1: { worker: 'payment' }, far: { url: 'https://pay.example.com/v2' } },
      routes: [
        {
          name: 'default',
          matches: [{ path: { value: '/charge' } }],
          backends: [{ version: 'v1', weight: 3 }, { version: 'far' }],
        },
      ],
      access: {
        mode: 'strict',
        rules: [
          { action: 'allow', from: { principals: ['declared', 'gateway'] } },
          { action: 'deny', to: { methods: ['DELETE'] } },
        ],
      },
    });
    await mesh.ask('/api/documents/service/payment', { method: 'PUT', body });
    const { services } = await json<{ services: ServiceView[] }>(await mesh.ask('/api/services'));
    expect(services.find((one) => one.service === 'payment')).toMatchObject({
      versions: [
        { name: 'v1', target: 'payment' },
        { name: 'far', target: 'https://pay.example.com/v2' },
      ],
      routes: [
        {
          name: 'default',
          matches: ['/charge/*'],
          backends: [
            { version: 'v1', percent: 75 },
            { version: 'far', percent: 25 },
          ],
        },
      ],
      callers: ['orders'],
      access: 'only verified callers; some calls of orders',
    });
  });
});

describe('who may call whom', () => {
  const payment = {
    service: 'payment',
    versions: { v1: { worker: 'payment' } },
    access: {
      rules: [
        { name: 'charge', action: 'allow', from: { principals: ['declared'] }, to: { methods: ['POST'] } },
        { name: 'later', action: 'deny', dryRun: true, from: { principals: ['orders'] } },
      ],
    },
  };
  const ask = async (query: string) => json<AccessMap>(await mesh.ask(`/api/access${query}`));

  it('is told by the documents and by who binds whom', async () => {
    await mesh.ask('/api/documents/service/payment', { method: 'PUT', body: JSON.stringify(payment) });
    const map = await ask('');
    expect(map.callers.map(({ name }) => name)).toEqual(['orders', 'payment', 'storefront', 'outside']);
    expect(map.services.find(({ service }) => service === 'payment')).toMatchObject({
      otherwise: 'deny',
      declared: ['orders'],
      cells: [
        {
          callers: ['orders'],
          verdict: 'some',
          allows: [{ rule: 'charge', only: 'method POST' }],
          shadow: { verdict: 'none', rules: ['later'] },
        },
        { callers: ['payment', 'storefront'], verdict: 'none', reason: 'no-allow-rule' },
        { callers: ['outside'], reason: 'not-public' },
      ],
    });
    const narrow = await ask('?service=payment&caller=orders');
    expect(narrow.services.map(({ service, cells }) => [service, cells.map(({ callers }) => callers)])).toEqual([
      ['payment', [['orders']]],
    ]);
    expect((await mesh.ask('/api/access?service=paymant')).status).toBe(404);
  });

  it('is a page, with the rules of a service behind its name', async () => {
    const page = await (await mesh.ask('/access')).text();
    expect(page).toContain('<a href="/access?service=payment">payment</a>');
    expect(page).toContain('title="orders to payment: RPC none; method POST (charge); none if later counted"');
    const rules = await (await mesh.ask('/access?service=payment')).text();
    expect(rules).toContain('<b>charge</b>');
    expect(rules).toContain('caller declared');
    expect((await mesh.ask('/access?caller=%3Cscript%3E')).status).toBe(404);
  });
});

describe('dry runs', () => {
  it('are counted over all shards: what would change, by which rule and for whom, and what would not', async () => {
    const metric = (over: Partial<MetricDelta>): MetricDelta => ({
      service: 'dry',
      version: 'v1',
      route: 'default',
      caller: 'orders',
      kind: 'fetch',
      status: 200,
      outcome: 'response',
      count: 1,
      sumMs: 1,
      buckets: [1],
      ...over,
    });
    const stranger = { caller: '<script>', shadow: 'deny' } as const;
    const refusedNow = { status: 403, outcome: 'access_denied', caller: 'cart' } as const;
    const metrics = [
      metric({ shadow: 'allow', shadowRule: 'only-orders', count: 5 }),
      metric({ ...stranger, count: 2 }),
      metric({ ...stranger, version: 'v2', count: 1 }),
      metric({ ...stranger, shadowRule: 'no-scripts', route: 'charge', kind: 'rpc' }),
      metric({ ...refusedNow, shadow: 'deny' }),
      metric({ ...refusedNow, shadow: 'allow', shadowRule: 'also-cart' }),
      metric({ caller: 'without-dry-run-rules', count: 9 }),
    ];
    await mesh.ingest(1, { isolate: 'dry-1', metrics });
    await mesh.ingest(2, { isolate: 'dry-2', metrics: [metric({ ...stranger, count: 4 })] });
    const ask = async (query: string) =>
      (await (await mesh.ask(`/api/access/dry-runs${query}`)).json()) as DryRunAnswer;
    const line = { becomes: 'refused', caller: '<script>', route: 'default', kind: 'fetch' };
    expect(await ask('?service=dry')).toEqual({
      problem: '',
      services: [
        {
          service: 'dry',
          calls: 15,
          wouldRefuse: 8,
          wouldLetIn: 1,
          sinceMs: expect.any(Number),
          lines: [
            { ...line, rule: '', calls: 7 },
            { ...line, rule: 'no-scripts', route: 'charge', kind: 'rpc', calls: 1 },
            { ...line, rule: 'also-cart', becomes: 'let in', caller: 'cart', calls: 1 },
          ],
        },
      ],
    });
    expect((await ask('')).services.map(({ service }) => service)).toEqual(['dry']);
    expect((await ask('?service=payment')).services).toEqual([]);
    expect((await ask(`?sinceMs=${Date.now() + 60_000}`)).services).toEqual([]);
    expect((await mesh.ask('/api/access/dry-runs?sinceMs=yesterday')).status).toBe(400);
    const page = await (await mesh.ask('/access', { headers: { accept: 'text/html' } })).text();
    expect(page).toContain('<b>8</b> would be refused');
    expect(page).toContain('&lt;script&gt;');
  });
});

describe('traces', () => {
  const first = 'aaaa0000000000000000000000000001';
  const second = 'aaaa0000000000000000000000000002';
  beforeAll(async () => {
    const attempt = {
      spanId: '00000000000000a1',
      version: 'v1',
      endpoint: 'orders',
      startMs: Date.now(),
      durationMs: 30,
      status: 200,
      outcome: 'response' as const,
    };
    await mesh.ingest(4, {
      isolate: 'isolate-c',
      records: [
        call({ traceId: first, spanId: '00000000000000c1', service: 'orders', attempts: [attempt] }),
        call({
          traceId: first,
          spanId: '00000000000000c2',
          parentSpanId: '00000000000000a1',
          service: 'payment',
          caller: 'orders',
          door: 'mesh',
          hops: 2,
          status: 503,
          durationMs: 700,
        }),
      ],
    });
    await mesh.ingest(5, {
      isolate: 'isolate-c',
      records: [
        call({
          traceId: second,
          spanId: '00000000000000c3',
          startMs: Date.now() - 5000,
          outcome: 'cancelled',
          status: 0,
        }),
      ],
    });
  });
  const list = async (query: string) =>
    (await json<TraceList>(await mesh.ask(`/api/traces${query}`))).traces.map((trace) => trace.traceId);

  it.each([
    ['', [first, second]],
    ['?service=payment', [first]],
    ['?status=5xx', [first]],
    ['?status=503', [first]],
    ['?outcome=cancelled', [second]],
    ['?minDurationMs=500', [first]],
    ['?limit=1', [first]],
    ['?service=nobody', []],
  ])('GET /api/traces%s', async (query, ids) => {
    expect(await list(query)).toEqual(ids);
  });

  it.each(['?status=much', '?limit=none', '?limit=0', '?minDurationMs=-1', '?servce=payment'])(
    'GET /api/traces%s is refused',
    async (query) => {
      expect((await mesh.ask(`/api/traces${query}`)).status).toBe(400);
    },
  );

  it('one trace is told as calls and as a tree, with its invocations', async () => {
    const answer = await json<TraceAnswer>(await mesh.ask(`/api/traces/${first}`));
    expect(answer.calls).toHaveLength(2);
    expect(answer.tree).toMatchObject([
      {
        service: 'orders',
        kind: 'server',
        children: [{ kind: 'client', children: [{ service: 'payment', caller: 'orders' }] }],
      },
    ]);
    // The edge of orders, the Worker orders, and the edge of payment, which reached no Worker.
    expect(answer.invocations).toBe(3);
    expect(answer.orphans).toEqual([]);
  });

  it.each([
    [first.toUpperCase(), 200, undefined],
    ['4bf9', 404, 'not_found'],
    ['aaaa', 409, 'ambiguous_trace'],
    ['aaaa000000000000', 409, 'ambiguous_trace'],
    ['no-id', 400, 'bad_request'],
  ])('an id of %s is answered with %i', async (id, status, code) => {
    const response = await mesh.ask(`/api/traces/${id}`);
    expect(response.status).toBe(status);
    if (code !== undefined) expect(await json(response)).toMatchObject({ error: { code } });
  });

  it('a beginning that fits one trace alone finds it', async () => {
    await mesh.ingest(6, {
      isolate: 'isolate-c',
      records: [call({ traceId: 'bbbb0000000000000000000000000003', spanId: '00000000000000c4' })],
    });
    expect(await json<TraceAnswer>(await mesh.ask('/api/traces/bbb'))).toMatchObject({
      traceId: 'bbbb0000000000000000000000000003',
    });
    expect(await json<TraceAnswer>(await mesh.ask('/api/traces/bbbb00000000'))).toMatchObject({
      traceId: 'bbbb0000000000000000000000000003',
    });
  });
});

describe('a value that an edge refuses', () => {
  it('is told with what is wrong with it, in status and in traces', async () => {
    const text = JSON.stringify({ service: 'payment', versions: { v1: { worker: 'payment', wroker: 'x' } } });
    await mesh.put('service/payment', text);
    const traceId = 'cccc0000000000000000000000000009';
    const refused = refusal('service/payment', await revisionOf(text));
    const older = refusal('service/payment', '000000000000');
    const spans = [
      call({ traceId, spanId: '00000000000000e1', service: 'payment', outcome: 'no_document', reason: refused }),
      call({ traceId, spanId: '00000000000000e2', service: 'payment', outcome: 'no_document', reason: older }),
    ];
    await mesh.ingest(3, { isolate: 'isolate-r', records: spans, edges: [report({ problem: `${refused}; slow` })] });
    const words = /^service\/payment: versions\.v1\.wroker: unknown field "wroker"/;
    const status = await json<StatusView>(await mesh.ask('/api/status'));
    const payment = status.services.find((one) => one.service === 'payment');
    expect(payment?.edges[0]?.problem).toMatch(words);
    expect(payment?.edges[0]?.problem).toMatch(/; slow$/);
    const { calls } = await json<TraceAnswer>(await mesh.ask(`/api/traces/${traceId}`));
    expect(calls.map(({ reason }) => reason)).toEqual([expect.stringMatching(words), older]);
  });
});
