/** The admin API's documents on workerd: what is refused, what is stored, and that a refusal stores nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentAnswer, DocumentList, SplitAnswer, WriteManyAnswer } from '../../../src/control/api-types.ts';
import { revisionOf } from '../../../src/model/revision.ts';
import { type ControlMesh, startControl } from '../control-mesh.ts';

let mesh: ControlMesh;
beforeAll(async () => {
  mesh = await startControl({
    topology: { services: { payment: { workers: ['payment', 'payment-v2'], callers: ['orders'] } } },
  });
});
afterAll(() => mesh?.stop());

const payment = {
  service: 'payment',
  versions: { v1: { worker: 'payment' }, v2: { worker: 'payment-v2' } },
  routes: [
    { name: 'testers', matches: [{ headers: [{ name: 'x-user', value: 'tester' }] }], backends: [{ version: 'v2' }] },
    {
      name: 'default',
      timeouts: { request: '2s' },
      backends: [
        { version: 'v1', weight: 100 },
        { version: 'v2', weight: 0 },
      ],
    },
  ],
  access: { rules: [{ action: 'allow', from: { principals: ['declared'] } }] },
};
const paymentYaml = `service: payment
versions:
  v1: { worker: payment }
routes:
  - name: default
    backends:
      - version: v1
        wieght: 3
      - version: v1
        weight: many
`;

async function json<T>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

async function errorOf(response: Response) {
  const { error } = await json<{
    error: { code: string; message: string; issues?: { file: string; line: number; path: string; code: string }[] };
  }>(response);
  return { status: response.status, ...error };
}

const put = (key: string, body: unknown, headers: Record<string, string> = {}) =>
  mesh.ask(`/api/documents/${key}`, {
    method: 'PUT',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });
const post = (path: string, body: unknown) => mesh.ask(path, { method: 'POST', body: JSON.stringify(body) });

describe('one document', () => {
  it('is created, found unchanged, updated, read back and deleted', async () => {
    const created = await put('service/payment', payment);
    expect(created.status).toBe(201);
    const { revision, change } = await json<{ revision: string; change: string }>(created);
    expect(change).toBe('created');
    const stored = (await mesh.read('service/payment')) as string;
    expect(revision).toBe(await revisionOf(stored));
    expect(JSON.parse(stored)).toEqual(payment);

    expect(await json(await put('service/payment', payment))).toMatchObject({
      change: 'unchanged',
      revision,
      words: [],
    });

    const updated = await json<{ change: string; words: string[] }>(
      await put('service/payment', { ...payment, onStale: 'refuse' }),
    );
    expect(updated.change).toBe('updated');
    expect(updated.words.join(' ')).toContain('onStale');

    const answer = await json<DocumentAnswer>(await mesh.ask('/api/documents/service%2Fpayment'));
    expect(answer).toMatchObject({ key: 'service/payment', state: 'ok', document: { ...payment, onStale: 'refuse' } });
    expect(answer.writtenAtMs).toBeGreaterThan(0);

    expect((await mesh.ask('/api/documents/service/payment', { method: 'DELETE' })).status).toBe(200);
    expect((await mesh.ask('/api/documents/service/payment')).status).toBe(404);
    expect((await mesh.ask('/api/documents/service/payment', { method: 'DELETE' })).status).toBe(404);
  });

  it('may be YAML, and is stored as JSON', async () => {
    const response = await put('mesh', 'trustDomain: shop.example\ncarry: [x-user]\n');
    expect(response.status).toBe(201);
    expect(JSON.parse((await mesh.read('mesh')) as string)).toEqual({ trustDomain: 'shop.example', carry: ['x-user'] });
  });

  it('that is malformed is refused with every mistake and its place, and nothing is stored', async () => {
    const before = await mesh.read('service/payment');
    const error = await errorOf(await put('service/payment', paymentYaml));
    expect(error).toMatchObject({ status: 422, code: 'malformed' });
    expect(error.issues?.map((issue) => [issue.line, issue.path])).toContainEqual([8, 'routes[0].backends[0].wieght']);
    expect(await mesh.read('service/payment')).toBe(before);
  });

  it('about another service than its key is refused', async () => {
    expect(await errorOf(await put('service/orders', payment))).toMatchObject({ status: 422, code: 'malformed' });
    expect(await mesh.read('service/orders')).toBeNull();
  });

  it.each(['service/', 'service/a/b', 'other', 'service/UPPER', 'mesh/x', 'service/%ff'])(
    'under the key "%s" is refused',
    async (key) => {
      expect(await errorOf(await put(key, payment))).toMatchObject({ status: 400, code: 'bad_key' });
    },
  );

  it('is written only over the revision that the writer saw, where he says it', async () => {
    const { revision } = await json<{ revision: string }>(await put('service/payment', payment));
    const stale = await put('service/payment', { ...payment, onStale: 'serve' }, { 'if-match': '"000000000000"' });
    expect(await errorOf(stale)).toMatchObject({ status: 412, code: 'revision_conflict', revision });
    expect(
      (await put('service/payment', { ...payment, onStale: 'serve' }, { 'if-match': `"${revision}"` })).status,
    ).toBe(200);
    expect(
      (await mesh.ask('/api/documents/service/payment', { method: 'DELETE', headers: { 'if-match': revision } }))
        .status,
    ).toBe(412);
  });

  it('that somebody broke in KV by hand is listed as malformed, with its place and its bytes', async () => {
    await mesh.put('service/broken', '{"service": "broken", "versions": {');
    const { documents } = await json<DocumentList>(await mesh.ask('/api/documents'));
    const broken = documents.find((one) => one.key === 'service/broken');
    expect(broken).toMatchObject({ state: 'malformed' });
    expect(broken?.issues[0]).toMatchObject({ file: 'service/broken', line: 1 });
    expect(broken?.writtenAtMs).toBeUndefined();
    expect(await json(await mesh.ask('/api/documents/service/broken'))).toMatchObject({
      document: null,
      text: '{"service": "broken", "versions": {',
    });
    await mesh.remove('service/broken');
  });
});

describe('many documents', () => {
  const file = (name: string, document: unknown) => ({ file: name, text: JSON.stringify(document) });
  const orders = { service: 'orders', versions: { v1: { worker: 'orders' } } };

  it('are all or none: one mistake in one file stores nothing', async () => {
    const error = await errorOf(
      await post('/api/documents', {
        documents: [file('orders.json', orders), { file: 'payment.yaml', text: paymentYaml }],
      }),
    );
    expect(error).toMatchObject({ status: 422, code: 'malformed' });
    expect(error.issues?.every((issue) => issue.file === 'payment.yaml')).toBe(true);
    expect(error.issues?.map((issue) => issue.path)).toEqual([
      'routes[0].backends[0].wieght',
      'routes[0].backends[1].weight',
    ]);
    expect(await mesh.read('service/orders')).toBeNull();
  });

  it('a dry run tells and does not write', async () => {
    const answer = await json<WriteManyAnswer>(
      await post('/api/documents', { documents: [file('orders.json', orders)], dryRun: true }),
    );
    expect(answer).toMatchObject({ dryRun: true, results: [{ key: 'service/orders', change: 'created' }] });
    expect(await mesh.read('service/orders')).toBeNull();
  });

  it('answer what happened to each', async () => {
    await put('service/payment', payment);
    const documents = [
      file('orders.json', orders),
      file('payment.json', payment),
      { file: 'mesh.yaml', text: 'trustDomain: other.example\n' },
    ];
    const answer = await json<WriteManyAnswer>(await post('/api/documents', { documents }));
    expect(answer.results.map(({ key, change }) => [key, change])).toEqual([
      ['service/orders', 'created'],
      ['service/payment', 'unchanged'],
      ['mesh', 'updated'],
    ]);
    expect(answer.results[2]?.words.join(' ')).toContain('other.example');
    await mesh.remove('service/orders');
  });

  it('two for one service are refused', async () => {
    const error = await errorOf(
      await post('/api/documents', { documents: [file('a.json', orders), file('b.json', orders)] }),
    );
    expect(error).toMatchObject({ status: 422, issues: [{ file: 'b.json' }] });
  });

  it('more than a thousand files are refused before any is read', async () => {
    const documents = Array.from({ length: 1001 }, (_, index) => file(`${index}.json`, orders));
    expect(await errorOf(await post('/api/documents', { documents, dryRun: true }))).toMatchObject({ status: 413 });
  });

  it.each([null, [], {}, { documents: [{ file: 'a' }] }, { documents: 'x' }, { documents: [], dryRun: 'yes' }])(
    'a body of %j is refused',
    async (body) => {
      expect(await errorOf(await post('/api/documents', body))).toMatchObject({ status: 400, code: 'bad_request' });
    },
  );
});

describe('split', () => {
  it('changes the weights of the default route and nothing else', async () => {
    await put('service/payment', payment);
    const answer = await json<SplitAnswer>(await post('/api/services/payment/split', { v1: 90, v2: 10 }));
    expect(answer).toMatchObject({
      service: 'payment',
      route: 'default',
      changes: [
        { version: 'v1', before: 100, after: 90 },
        { version: 'v2', before: 0, after: 10 },
      ],
    });
    const stored = (await mesh.read('service/payment')) as string;
    const [testers, main] = payment.routes;
    expect(JSON.parse(stored)).toEqual({
      ...payment,
      routes: [
        testers,
        {
          ...main,
          backends: [
            { version: 'v1', weight: 90 },
            { version: 'v2', weight: 10 },
          ],
        },
      ],
    });
    expect(answer.revision).toBe(await revisionOf(stored));
  });

  it('takes the route that is named', async () => {
    await post('/api/services/payment/split', { v1: 1, v2: 1, route: 'testers' });
    const stored = JSON.parse((await mesh.read('service/payment')) as string);
    expect(stored.routes[0].backends).toEqual([
      { version: 'v2', weight: 1 },
      { version: 'v1', weight: 1 },
    ]);
    expect(stored.routes[1].backends).toEqual([
      { version: 'v1', weight: 90 },
      { version: 'v2', weight: 10 },
    ]);
  });

  it('is refused for what is not there, and the document stays', async () => {
    const before = await mesh.read('service/payment');
    expect(await errorOf(await post('/api/services/payment/split', { v7: 1 }))).toMatchObject({
      status: 422,
      code: 'split_refused',
    });
    expect(await errorOf(await post('/api/services/payment/split', { v1: 1, route: 'none' }))).toMatchObject({
      status: 422,
      code: 'split_refused',
    });
    expect(await errorOf(await post('/api/services/payment/split', { v1: 'many' }))).toMatchObject({
      status: 400,
      code: 'bad_request',
    });
    expect(await errorOf(await post('/api/services/nobody/split', { v1: 1 }))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await mesh.read('service/payment')).toBe(before);
  });

  it('does not touch a document that somebody broke by hand', async () => {
    await mesh.put('service/payment', '{ "service": "payment" }');
    expect(await errorOf(await post('/api/services/payment/split', { v1: 1 }))).toMatchObject({
      status: 422,
      code: 'malformed',
    });
    expect(await mesh.read('service/payment')).toBe('{ "service": "payment" }');
  });
});
