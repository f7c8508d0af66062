import { describe, expect, it } from 'vitest';
import { freshness, isStale, mustRefuse } from '../../src/core/freshness.ts';

const shippedMs = 30_000;
const hour = 3_600_000;

describe('freshness', () => {
  const rows: readonly [string, number, number, string][] = [
    ['up to 30 s old it is served', 29_999, shippedMs, 'fresh'],
    ['from 30 s on it is served while it refreshes', 30_000, shippedMs, 'refresh'],
    ['just below 5 min it is served while it refreshes', 299_999, shippedMs, 'refresh'],
    ['from 5 min on the call waits', 300_000, shippedMs, 'wait'],
    ['in dev an edit shows on the very next call after the refresh period', 1_000, 1_000, 'wait'],
    ['in dev it is fresh within the period', 999, 1_000, 'fresh'],
    ['a cold isolate waits', Number.POSITIVE_INFINITY, shippedMs, 'wait'],
  ];
  it.each(rows)('%s', (_rule, age, refresh, expected) => {
    expect(freshness(age, refresh)).toBe(expected);
  });
});

describe('a stale snapshot', () => {
  const rows: readonly [string, number, 'serve' | 'refuse' | 'default', boolean, boolean][] = [
    ['is served by default', 2 * hour, 'default', false, false],
    ['is refused by default where access rules are over an hour old', hour + 1, 'default', true, true],
    ['is served by default where access rules are younger', hour, 'default', true, false],
    ['is served where the document says so, access rules or not', 9 * hour, 'serve', true, false],
    ['is refused where the document says so', 300_000, 'refuse', false, true],
    ['is not stale, and not refused, below 5 min', 299_999, 'refuse', true, false],
  ];
  it.each(rows)('%s', (_rule, age, onStale, hasRules, refused) => {
    expect(mustRefuse(age, isStale(age, shippedMs), onStale, hasRules)).toBe(refused);
  });
});
