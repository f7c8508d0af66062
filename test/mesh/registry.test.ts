import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeStored } from '../../src/control/documents/read-mesh.ts';
import { withWords } from '../../src/control/observe/refused-values.ts';
import { revisionOf } from '../../src/model/revision.ts';
import { type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';

const callee = (version: string) => `export default { fetch: () => new Response('${version}') };`;
const caller = `export default { fetch: (request, env) => env.EDGE.fetch(new Request('http://payment/charge', request)) };`;

const document = (version: string, more: object = {}) => ({
  service: 'payment',
  versions: { v1: { worker: 'one' }, v2: { worker: 'two' } },
  routes: [{ name: 'default', backends: [{ version }] }],
  access: { rules: [{ action: 'allow', from: { principals: ['orders'] } }] },
  ...more,
});
const good = JSON.stringify(document('v1'));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const start = (options: Partial<Parameters<typeof startEdgeMesh>[0]>) =>
  startEdgeMesh({
    workers: { one: callee('v1'), two: callee('v2'), orders: caller },
    upstreams: { one: false, two: false },
    registry: { mesh: {}, 'service/payment': good },
    ...options,
  });

describe('a document that is broken in KV', () => {
  let mesh: EdgeMesh;
  beforeAll(async () => {
    mesh = await start({});
  });
  afterAll(() => mesh.stop());

  /** What the newest report of the edge says, after traffic, with the words that `status` puts in the place of a refusal. */
  const problemOf = async (wanted: RegExp, text: string | undefined) => {
    const key = 'service/payment';
    const finding = text === undefined ? [] : [judgeStored(key, text, await revisionOf(text))];
    const inWords = (problem = '') => withWords(problem, finding);
    const report = await eventually(
      async () => {
        await mesh.ask('orders');
        return (await mesh.reports())[0];
      },
      (row) => wanted.test(inWords(row?.problem)),
    );
    return inWords(report?.problem);
  };

  const rows: readonly [string, string | undefined, RegExp][] = [
    ['truncated', good.slice(0, -20), /payment: a string that is not closed/],
    ['of the wrong type', '[1, 2]', /a list/],
    ['with an unknown field', JSON.stringify(document('v2', { acces: {} })), /acces/],
    ['valid, but for another service', JSON.stringify(document('v2', { service: 'orders' })), /orders/],
    ['with a version that it does not declare', JSON.stringify(document('v9')), /v9/],
    ['emptied by hand', '', /payment: /],
    ['deleted', undefined, /absent/],
  ];
  it.each(rows)('%s changes no answer, opens nothing, and the edge says why', async (_how, text, wanted) => {
    await mesh.put('service/payment', good);
    await pause(1_100);
    expect(await (await mesh.ask('orders')).text()).toBe('v1');
    if (text === undefined) await mesh.remove('service/payment');
    else await mesh.put('service/payment', text);
    await pause(1_100);
    expect(await (await mesh.ask('orders')).text()).toBe('v1');
    expect(await problemOf(wanted, text)).toMatch(wanted);
    expect(await (await mesh.ask('orders')).text()).toBe('v1');
    // The public door is not opened either: the document names no public host.
    expect((await mesh.askPublic('/charge')).status).toBe(404);
  });

  it('is served again when it is mended', async () => {
    await mesh.put('service/payment', document('v2'));
    const answer = await eventually(
      async () => (await mesh.ask('orders')).text(),
      (text) => text === 'v2',
    );
    expect(answer).toBe('v2');
  });
});

describe('a cold isolate', () => {
  const cases: readonly [string, Parameters<typeof start>[0], number, string][] = [
    ['without a document answers 503 and why', { registry: {} }, 503, 'absent'],
    ['with a broken document answers 503 and why', { registry: { 'service/payment': '{' } }, 503, 'no_document'],
    [
      'without a document serves the baked one',
      { registry: {}, baked: { 'service/payment': document('v2') } },
      200,
      'v2',
    ],
    [
      'with a broken document serves the baked one',
      { registry: { 'service/payment': '{' }, baked: { 'service/payment': document('v2') } },
      200,
      'v2',
    ], // prettier-ignore
    ['with a document prefers it to the baked one', { baked: { 'service/payment': document('v2') } }, 200, 'v1'],
    [
      'serves a baked document by its own access rules',
      { registry: {}, baked: { 'service/payment': document('v2', { access: { rules: [{ action: 'deny' }] } }) } },
      403,
      'access_denied',
    ], // prettier-ignore
  ];
  it.each(cases)('%s', async (_rule, options, status, text) => {
    const mesh = await start(options);
    try {
      const answer = await mesh.ask('orders');
      expect(answer.status).toBe(status);
      expect(await answer.text()).toContain(text);
    } finally {
      await mesh.stop();
    }
  });
});
