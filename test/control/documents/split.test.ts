import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeSplitError, splitTraffic } from '../../../src/control/documents/split.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';

const versions = { v1: { worker: 'payment' }, v2: { worker: 'payment-v2' } };
const filters = [{ type: 'RequestHeaderModifier' as const, requestHeaderModifier: { remove: ['x-debug'] } }];
const plain = { name: 'default', backends: [{ version: 'v1' }] };

interface Row {
  readonly name: string;
  readonly routes: ServiceDocument['routes'];
  readonly weights: Record<string, number>;
  readonly route?: string;
  readonly expected: ServiceDocument['routes'] | string;
}

const testers = {
  name: 'testers',
  matches: [{ headers: [{ name: 'x-user', value: 'tester' }] }],
  backends: [{ version: 'v2' }],
};

const rows: readonly Row[] = [
  {
    name: 'a version that the route does not have yet is added',
    routes: [plain],
    weights: { v1: 90, v2: 10 },
    expected: [
      {
        name: 'default',
        backends: [
          { version: 'v1', weight: 90 },
          { version: 'v2', weight: 10 },
        ],
      },
    ],
  },
  {
    name: 'a version that is not named gets 0 and keeps its place and its filters',
    routes: [
      {
        name: 'default',
        backends: [
          { version: 'v1', weight: 90, filters },
          { version: 'v2', weight: 10 },
        ],
      },
    ],
    weights: { v2: 1 },
    expected: [
      {
        name: 'default',
        backends: [
          { version: 'v1', weight: 0, filters },
          { version: 'v2', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'the route named default is meant, wherever it stands, and the others stay',
    routes: [testers, plain, { name: 'last', backends: [{ version: 'v1' }] }],
    weights: { v2: 1 },
    expected: [
      testers,
      {
        name: 'default',
        backends: [
          { version: 'v1', weight: 0 },
          { version: 'v2', weight: 1 },
        ],
      },
      { name: 'last', backends: [{ version: 'v1' }] },
    ],
  },
  {
    name: 'without a default the only route is meant, even if it has matches',
    routes: [testers],
    weights: { v1: 1 },
    expected: [
      {
        ...testers,
        backends: [
          { version: 'v2', weight: 0 },
          { version: 'v1', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'without a default the last route that catches all is meant',
    routes: [testers, { name: 'rest', matches: [{ path: { value: '/' } }], backends: [{ version: 'v1' }] }],
    weights: { v2: 1 },
    expected: [
      testers,
      {
        name: 'rest',
        matches: [{ path: { value: '/' } }],
        backends: [
          { version: 'v1', weight: 0 },
          { version: 'v2', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'a route can be named',
    routes: [testers, plain],
    weights: { v1: 3 },
    route: 'testers',
    expected: [
      {
        ...testers,
        backends: [
          { version: 'v2', weight: 0 },
          { version: 'v1', weight: 3 },
        ],
      },
      plain,
    ],
  },
  {
    name: 'several special routes and none that catches all: ask',
    routes: [testers, { ...testers, name: 'more' }],
    weights: { v1: 1 },
    expected: 'ambiguous_route',
  },
  {
    name: 'a route for some hosts does not catch all',
    routes: [testers, { ...plain, name: 'host', hostnames: ['a.example'] }],
    weights: { v1: 1 },
    expected: 'ambiguous_route',
  },
  { name: 'a document without routes cannot be split', routes: [], weights: { v1: 1 }, expected: 'ambiguous_route' },
  {
    name: 'an unknown route is an error',
    routes: [plain],
    weights: { v1: 1 },
    route: 'nope',
    expected: 'unknown_route',
  },
  {
    name: 'other services take weight where the route has them',
    routes: [{ name: 'default', backends: [{ service: 'orders' }, { service: 'orders-next', weight: 0, filters }] }],
    weights: { orders: 3, 'orders-next': 1, v1: 1 },
    expected: [
      {
        name: 'default',
        backends: [
          { service: 'orders', weight: 3 },
          { service: 'orders-next', weight: 1, filters },
          { version: 'v1', weight: 1 },
        ],
      },
    ],
  },
  {
    name: 'a service that the route does not have is an error',
    routes: [plain],
    weights: { orders: 1 },
    expected: 'unknown_version',
  },
  { name: 'an undeclared version is an error', routes: [plain], weights: { v3: 1 }, expected: 'unknown_version' },
  {
    name: 'a name that every object has is no version',
    routes: [plain],
    weights: { constructor: 1 },
    expected: 'unknown_version',
  },
  { name: 'all weights 0 would answer nobody', routes: [plain], weights: { v1: 0 }, expected: 'bad_weights' },
  { name: 'no weights are an error', routes: [plain], weights: {}, expected: 'bad_weights' },
  { name: 'a fraction is no weight', routes: [plain], weights: { v1: 0.5 }, expected: 'bad_weights' },
  { name: 'a negative weight is an error', routes: [plain], weights: { v1: -1 }, expected: 'bad_weights' },
  {
    name: 'a version that stands twice in a route is not guessed',
    routes: [{ name: 'twice', backends: [{ version: 'v1' }, { version: 'v1' }] }],
    weights: { v1: 1 },
    expected: 'ambiguous_backend',
  },
];

describe('splitTraffic', () => {
  it.each(rows)('$name', ({ routes, weights, route, expected }) => {
    const result = splitTraffic({ service: 'payment', versions, routes }, weights, route);
    if (typeof expected === 'string') {
      expect(result.ok).toBe(false);
      if (result.ok) return;
      expect(result.error.code).toBe(expected);
      expect(describeSplitError(result.error)).not.toBe('');
      return;
    }
    expect(result).toMatchObject({ ok: true });
    if (result.ok) expect(result.document).toEqual({ service: 'payment', versions, routes: expected });
  });

  it('the weight that was not written counts as 1 in what is told', () => {
    const result = splitTraffic({ service: 'payment', versions, routes: [plain] }, { v1: 90, v2: 10 });
    expect(result).toMatchObject({
      ok: true,
      route: 'default',
      changes: [
        { version: 'v1', before: 1, after: 90 },
        { version: 'v2', before: 0, after: 10 },
      ],
    });
  });

  it('changes nothing but the backends of one route, and never the given document', () => {
    const weight = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(weight, weight, fc.dictionary(fc.string(), fc.jsonValue()), (v1, v2, extra) => {
        const before = {
          ...extra,
          service: 'payment',
          versions,
          routes: [testers, { ...plain, timeouts: { request: '2s' } }],
        };
        const frozen = structuredClone(before);
        const result = splitTraffic(before, { v1, v2 });
        expect(before).toEqual(frozen);
        if (!result.ok) throw new Error(result.error.code);
        const { routes, ...rest } = result.document;
        const { routes: _routes, ...restBefore } = frozen;
        expect(rest).toEqual(restBefore);
        expect(routes?.[0]).toEqual(testers);
        expect(routes?.[1]).toEqual({
          ...plain,
          timeouts: { request: '2s' },
          backends: [
            { version: 'v1', weight: v1 },
            { version: 'v2', weight: v2 },
          ],
        });
      }),
    );
  });
});
