import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatMeshContext,
  formatRpcContext,
  parseMeshContext,
  parseRpcContext,
} from '../../src/core/context/mesh-context.ts';
import { formatTraceparent, parseTraceparent, readShard, writeShard } from '../../src/core/context/trace-context.ts';
import { callerName, principalService, servicePrincipal } from '../../src/core/principals/principal.ts';
import { backoffMs } from '../../src/core/retries/backoff.ts';
import { hostOf } from '../../src/core/urls/host.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';
const span = 'b7ad6b7169203331';

describe('traceparent', () => {
  const rows: readonly [string, string | null, unknown][] = [
    ['a sampled parent', `00-${trace}-${span}-01`, { traceId: trace, spanId: span, sampled: true }],
    ['an unsampled parent', `00-${trace}-${span}-00`, { traceId: trace, spanId: span, sampled: false }],
    ['only the lowest flag counts', `00-${trace}-${span}-fe`, { traceId: trace, spanId: span, sampled: false }],
    [
      'a later version is read by its first four fields',
      `01-${trace}-${span}-01-x`,
      { traceId: trace, spanId: span, sampled: true },
    ], // prettier-ignore
    ['version 00 has no fifth field', `00-${trace}-${span}-01-x`, undefined],
    ['version ff is invalid', `ff-${trace}-${span}-01`, undefined],
    ['upper case is invalid', `00-${trace.toUpperCase()}-${span}-01`, undefined],
    ['an all-zero trace id is invalid', `00-${'0'.repeat(32)}-${span}-01`, undefined],
    ['an all-zero span id is invalid', `00-${trace}-${'0'.repeat(16)}-01`, undefined],
    ['absent', null, undefined],
    ['garbage', 'traceparent', undefined],
  ];
  it.each(rows)('%s', (_rule, value, expected) => {
    expect(parseTraceparent(value)).toEqual(expected);
  });
  it('is written as it is read', () => {
    const text = `00-${trace}-${span}-01`;
    expect(formatTraceparent(parseTraceparent(text) ?? fail())).toBe(text);
  });
});

function fail(): never {
  throw new Error('not parsed');
}

describe('tracestate', () => {
  it('our member goes first, those of others stay in order, ours is replaced', () => {
    expect(writeShard('a=1, selvedge=shard-9 ,b=2', 'shard-3')).toBe('selvedge=shard-3,a=1,b=2');
    expect(writeShard('', 'shard-3')).toBe('selvedge=shard-3');
    expect(readShard('a=1,selvedge=shard-3')).toBe('shard-3');
    expect(readShard('xselvedge=shard-3')).toBeUndefined();
  });
  it('holds at most 32 members', () => {
    const many = Array.from({ length: 40 }, (_, index) => `k${index}=v`).join(',');
    expect(writeShard(many, 'shard-0').split(',')).toHaveLength(32);
  });
});

describe('mesh context', () => {
  it('is written as it is read, by header and by RPC', () => {
    const numbers = fc.record({
      hops: fc.integer({ min: 0, max: 99 }),
      deadline: fc.option(fc.integer({ min: 0, max: 2 ** 45 }), { nil: undefined }),
      caller: fc.option(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/), { nil: undefined }),
      versions: fc.option(fc.stringMatching(/^[a-z]{1,9}:[\w.]{1,9}(,[a-z]{1,9}:v1)?$/), { nil: undefined }),
      locality: fc.option(fc.stringMatching(/^[A-Z]{2}(\/[A-Z]{2}(\/[A-Z]{3})?)?$/), { nil: undefined }),
    });
    fc.assert(
      fc.property(numbers, (context) => {
        const text = formatMeshContext(context);
        expect(parseMeshContext(text)).toEqual(context);
        const carried = { traceparent: 't', tracestate: '', baggage: 'x=1', context: text };
        expect(parseRpcContext(formatRpcContext(carried))).toEqual(carried);
      }),
    );
  });
  const rows: readonly [string, string | null, unknown][] = [
    ['absent means no hops', null, { hops: 0 }],
    ['unknown members are ignored', 'x=1;hops=2', { hops: 2 }],
    ['negative, fractional and huge numbers are ignored', 'hops=-1;deadline=1e9', { hops: 0 }],
    ['a journey with other characters than names have is ignored', 'versions=a:\u00e9', { hops: 0 }],
    ['a locality of more than three parts is ignored', 'locality=EU/DE/TXL/1', { hops: 0 }],
  ];
  it.each(rows)('%s', (_rule, text, expected) => {
    expect(parseMeshContext(text)).toEqual(expected);
  });
  it('an RPC context that is no text is empty', () => {
    expect(parseRpcContext({ toString: () => 'x' }).traceparent).toBe('');
  });
});

describe('principals', () => {
  it('of this trust domain are named by their service, others whole, nobody by nothing', () => {
    const orders = servicePrincipal('shop.example', 'orders');
    expect(callerName('shop.example', orders)).toBe('orders');
    expect(callerName('other.example', orders)).toBe(orders);
    expect(callerName('shop.example', null)).toBe('');
    expect(principalService('shop.example', 'spiffe://shop.example/svc/')).toBeUndefined();
  });
});

describe('back-off', () => {
  it('is never shorter than the base, uniform in [base, 2^n * base) and at most 10 * base', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (retry, base, random) => {
          const wait = backoffMs(retry, base, random);
          expect(wait).toBeGreaterThanOrEqual(base);
          expect(wait).toBeLessThan(Math.min(2 ** retry * base, 10 * base));
        },
      ),
    ); // prettier-ignore
  });
});

describe('the host of a URL', () => {
  const rows: readonly [string, string, string][] = [
    ['without port', 'http://Shop.Example:8787/x?y', 'shop.example'],
    ['without user info', 'http://user:pass@shop.example/', 'shop.example'],
    ['without the dot of a fully qualified name', 'http://shop.example.:80/', 'shop.example'],
    ['ends at a query', 'http://shop.example?x=/', 'shop.example'],
    ['ends at a backslash', 'http://shop.example\\@evil/', 'shop.example'],
    ['of IPv6 keeps its brackets', 'http://[::1]:80/', '[::1]'],
    ['of a relative text is nothing', '/x', ''],
  ];
  it.each(rows)('%s', (_rule, url, expected) => {
    expect(hostOf(url)).toBe(expected);
  });
});
