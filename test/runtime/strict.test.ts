/** Strictness of the in-Worker runtime on workerd: calls with the edge's mark pass, those without are refused, and nobody sees the mark. */
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { edgeProp } from '../../src/core/configs/edge-config.ts';
import type { RuntimeConfig } from '../../src/core/configs/runtime-config.ts';
import { rpcCallMethod } from '../../src/core/wire.ts';
import {
  buildRuntime,
  entryModule,
  runtimeConfigSource,
  runtimeModule,
  userEntrySource,
} from '../../src/derive/code/user-entry.ts';

const callee = `
import { WorkerEntrypoint } from 'cloudflare:workers';
class Base extends WorkerEntrypoint { inherited() { return this.ctx.props } }
export class Api extends Base {
  #kept = 'private';
  field = 'field';
  constructor(ctx, env) { super(ctx, env); this.seen = JSON.stringify(ctx.props); }
  async fetch() { return Response.json([this.seen, this.#kept, this.field, this instanceof Api, this.constructor.name]) }
  method() { return this.seen }
  get property() { return 'property' }
}
export class Sly extends WorkerEntrypoint { fetch = () => new Response('sly') }
export default {
  fetch: (request, env, ctx) => Response.json(ctx.props),
  method: (argument, env, ctx) => ctx.props,
  loop: async (argument, env, ctx) => [await ctx.exports.Api.method(), await ctx.exports.Api({ props: { own: 1 } }).inherited()],
};
`;

/** Asks the callee in one way; what it throws is part of the answer. */
const caller = `
const ways = {
  fetch: async (stub) => { const answer = await stub.fetch('http://callee/'); return [answer.status, await answer.json().catch(() => null)] },
  method: (stub) => stub.method(1),
  inherited: (stub) => stub.inherited(),
  property: async (stub) => await stub.property,
  loop: (stub) => stub.loop(1),
  reserved: (stub) => stub['${rpcCallMethod}'](['', 'method', [1]]),
};
export default { async fetch(request, env) {
  const { searchParams } = new URL(request.url);
  try { return Response.json({ is: await ways[searchParams.get('way')](env[searchParams.get('binding')]) }) }
  catch (error) { return Response.json({ threw: error.message }) }
} };
`;

const mark = { [edgeProp]: 'callee' };
const bindings = {
  ApiMarked: { entrypoint: 'Api', props: { a: 1, ...mark } },
  ApiBare: { entrypoint: 'Api', props: { a: 1 } },
  SlyBare: { entrypoint: 'Sly' },
  ObjectMarked: { props: mark },
  ObjectBare: { props: { b: 2 } },
};

let mf: Miniflare;
beforeAll(async () => {
  const runtime = await buildRuntime();
  const worker = (name: string, config: Partial<RuntimeConfig>) => ({
    name,
    compatibilityDate: '2026-04-21',
    compatibilityFlags: ['nodejs_als'],
    modules: [
      [entryModule, userEntrySource({ main: 'callee.js', exports: ['default', 'Api', 'Sly'] })],
      ['selvedge-config.js', runtimeConfigSource({ service: 'callee', bindings: [], hosts: [], ...config })],
      [runtimeModule, runtime],
      ['callee.js', callee],
    ].map(([path, contents]) => ({ type: 'ESModule' as const, path: path as string, contents })),
  });
  const askers = ['strict', 'permissive'].map((name) => ({
    name: `ask-${name}`,
    modules: [{ type: 'ESModule' as const, path: 'caller.js', contents: caller }],
    compatibilityDate: '2026-04-21',
    serviceBindings: Object.fromEntries(
      Object.entries(bindings).map(([binding, target]) => [binding, { name, ...target }]),
    ),
  }));
  mf = new Miniflare({
    cf: false,
    workers: [
      ...askers,
      worker('strict', { strict: true, loopbacks: true }),
      worker('permissive', { loopbacks: true }),
    ],
  });
  await mf.ready;
});
afterAll(() => mf?.dispose());

async function ask(mode: string, binding: string, way: string): Promise<unknown> {
  const asker = (await mf.getWorker(`ask-${mode}`)) as unknown as { fetch(url: string): Promise<Response> };
  return (await asker.fetch(`http://ask/?binding=${binding}&way=${way}`)).json();
}

const refused = 'This service answers only calls that come through its edge. (past_edge)';

describe('a strict service refuses what came past its edge', () => {
  test.each([
    { name: 'fetch of an object', binding: 'ObjectBare', way: 'fetch' },
    { name: 'fetch of a class', binding: 'ApiBare', way: 'fetch' },
    { name: 'fetch of a class that has it as a field', binding: 'SlyBare', way: 'fetch' },
  ])('$name', async ({ binding, way }) => {
    const answer = (await ask('strict', binding, way)) as {
      is?: [number, { error: { code: string } }];
      threw?: string;
    };
    if (answer.is !== undefined) {
      expect(answer.is[0]).toBe(403);
      expect(answer.is[1].error.code).toBe('past_edge');
    } else expect(answer.threw).toMatch(/read.?only|redefine/i);
  });

  test.each([
    { name: 'a method of a class', binding: 'ApiBare', way: 'method' },
    { name: 'an inherited method', binding: 'ApiBare', way: 'inherited' },
    { name: 'the reserved method of a class', binding: 'ApiBare', way: 'reserved' },
    { name: 'a function of an object', binding: 'ObjectBare', way: 'method' },
    { name: 'the reserved method of an object', binding: 'ObjectBare', way: 'reserved' },
  ])('$name', async ({ binding, way }) => {
    expect(await ask('strict', binding, way)).toEqual({ threw: refused });
  });

  test('a property of a class is not told', async () => {
    expect(await ask('strict', 'ApiBare', 'property')).not.toEqual({ is: 'property' });
  });
});

describe.each(['strict', 'permissive'])('what came through the edge is admitted, %s', (mode) => {
  test.each([
    {
      name: 'a class sees its own props, from its constructor on, and keeps its identity',
      binding: 'ApiMarked',
      way: 'fetch',
      answer: [200, ['{"a":1}', 'private', 'field', true, 'Api']],
    },
    { name: 'a method', binding: 'ApiMarked', way: 'method', answer: '{"a":1}' },
    { name: 'an inherited method', binding: 'ApiMarked', way: 'inherited', answer: { a: 1 } },
    { name: 'the reserved method', binding: 'ApiMarked', way: 'reserved', answer: '{"a":1}' },
    { name: 'fetch of an object without props', binding: 'ObjectMarked', way: 'fetch', answer: [200, {}] },
    { name: 'a function of an object by the reserved method', binding: 'ObjectMarked', way: 'reserved', answer: {} },
    {
      name: 'calls of the Worker to itself, by ctx.exports',
      binding: 'ObjectMarked',
      way: 'loop',
      answer: ['{}', { own: 1 }],
    },
  ])('$name', async ({ binding, way, answer }) => {
    expect(await ask(mode, binding, way)).toEqual({ is: answer });
  });
});

test.each([
  {
    name: 'fetch of a class',
    binding: 'ApiBare',
    way: 'fetch',
    answer: [200, ['{"a":1}', 'private', 'field', true, 'Api']],
  },
  { name: 'a method', binding: 'ApiBare', way: 'method', answer: '{"a":1}' },
  { name: 'a function of an object', binding: 'ObjectBare', way: 'method', answer: { b: 2 } },
])('a permissive service admits what came past its edge: $name', async ({ binding, way, answer }) => {
  expect(await ask('permissive', binding, way)).toEqual({ is: answer });
});
