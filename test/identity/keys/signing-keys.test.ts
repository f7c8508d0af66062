import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  activeKey,
  defaultKeySchedule,
  type KeyEvent,
  type KeyRing,
  type KeySchedule,
  keySchedule,
  needsKey,
  nextKeyEventMs,
  stepKeys,
} from '../../../src/identity/keys/signing-keys.ts';

const schedule: KeySchedule = { rotationMs: 1000, tokenLifeMs: 100, jwksMaxAgeMs: 50, skewMs: 5 };
const fresh: KeyRing = [
  { kid: 'a', state: 'active', rotateAtMs: 1000 },
  { kid: 'b', state: 'next', publishedAtMs: 0 },
];
const tick: KeyEvent = { kind: 'tick' };

describe('the life of keys', () => {
  const rows: { name: string; ring: KeyRing; event: KeyEvent; now: number; expected: KeyRing }[] = [
    {
      name: 'the first key signs at once, because no JWKS was ever without it',
      ring: [],
      event: { kind: 'created', kid: 'a' },
      now: 0,
      expected: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
    },
    {
      name: 'the second key is published and does not sign',
      ring: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
      event: { kind: 'created', kid: 'b' },
      now: 0,
      expected: fresh,
    },
    {
      name: 'a key that nobody needs is ignored',
      ring: fresh,
      event: { kind: 'created', kid: 'c' },
      now: 1,
      expected: fresh,
    },
    {
      name: 'a key with a kid that is there already is ignored',
      ring: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
      event: { kind: 'created', kid: 'a' },
      now: 1,
      expected: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
    },
    { name: 'before its time a key goes on signing', ring: fresh, event: tick, now: 999, expected: fresh },
    {
      name: 'in time the next key signs, and the old one stays until its last token has expired',
      ring: fresh,
      event: tick,
      now: 1000,
      expected: [
        { kid: 'a', state: 'retiring', goneAtMs: 1105 },
        { kid: 'b', state: 'active', rotateAtMs: 2000 },
      ],
    },
    {
      name: 'a tick that comes late rotates late and keeps the old key from then on',
      ring: fresh,
      event: tick,
      now: 5000,
      expected: [
        { kid: 'a', state: 'retiring', goneAtMs: 5105 },
        { kid: 'b', state: 'active', rotateAtMs: 6000 },
      ],
    },
    {
      name: 'without a next key the active one goes on',
      ring: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
      event: tick,
      now: 9000,
      expected: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
    },
    {
      name: 'a retired key is gone after its last token',
      ring: [...fresh, { kid: 'z', state: 'retiring', goneAtMs: 10 }],
      event: tick,
      now: 10,
      expected: fresh,
    },
    {
      name: 'a revoked key that signs goes at once, and the next one signs, published long enough or not',
      ring: fresh,
      event: { kind: 'revoked', kid: 'a' },
      now: 1,
      expected: [{ kid: 'b', state: 'active', rotateAtMs: 1001 }],
    },
    {
      name: 'a revoked key that signs next goes, and the active one goes on',
      ring: fresh,
      event: { kind: 'revoked', kid: 'b' },
      now: 1,
      expected: [{ kid: 'a', state: 'active', rotateAtMs: 1000 }],
    },
    {
      name: 'where the only key is revoked, the one that is made then signs at once',
      ring: [{ kid: 'z', state: 'retiring', goneAtMs: 100 }],
      event: { kind: 'created', kid: 'c' },
      now: 1,
      expected: [
        { kid: 'z', state: 'retiring', goneAtMs: 100 },
        { kid: 'c', state: 'active', rotateAtMs: 1001 },
      ],
    },
    {
      name: 'a key that is not there cannot be revoked',
      ring: fresh,
      event: { kind: 'revoked', kid: 'x' },
      now: 1,
      expected: fresh,
    },
    {
      name: 'an operator rotates at once where the next key has been published long enough',
      ring: fresh,
      event: { kind: 'rotate' },
      now: 56,
      expected: [
        { kid: 'a', state: 'retiring', goneAtMs: 161 },
        { kid: 'b', state: 'active', rotateAtMs: 1056 },
      ],
    },
    {
      name: 'an operator who comes too early is served as soon as copies of the JWKS know the next key',
      ring: fresh,
      event: { kind: 'rotate' },
      now: 20,
      expected: [
        { kid: 'a', state: 'active', rotateAtMs: 20 },
        { kid: 'b', state: 'next', publishedAtMs: 0 },
      ],
    },
  ];
  for (const row of rows) {
    it(row.name, () => expect(stepKeys(row.ring, row.event, row.now, schedule)).toEqual(row.expected));
  }

  it('wakes when something is due, and never before', () => {
    expect(nextKeyEventMs([], 7, schedule)).toBe(7);
    expect(nextKeyEventMs(fresh, 7, schedule)).toBe(1000);
    expect(nextKeyEventMs(stepKeys(fresh, { kind: 'rotate' }, 20, schedule), 20, schedule)).toBe(56);
    expect(nextKeyEventMs([...fresh, { kid: 'z', state: 'retiring', goneAtMs: 10 }], 7, schedule)).toBe(10);
  });
});

describe('the schedule of a deployment', () => {
  it('has defaults', () => {
    expect(keySchedule(undefined)).toEqual(defaultKeySchedule);
    expect(keySchedule({ rotationMs: 5 })).toEqual({ ...defaultKeySchedule, rotationMs: 5 });
  });
  const rows: [name: string, given: Record<string, unknown>][] = [
    ['a text is no time', { rotationMs: '24h' }],
    ['a period of nothing would rotate for ever', { rotationMs: 0 }],
    ['a negative skew is none', { skewMs: -1 }],
    ['infinity is no time', { jwksMaxAgeMs: Number.POSITIVE_INFINITY }],
    ['a token lives for seconds at least', { tokenLifeMs: 999 }],
  ];
  for (const [name, given] of rows) {
    it(name, () => expect(() => keySchedule(given as Partial<KeySchedule>)).toThrow(Object.keys(given)[0]));
  }
});

describe('laws of rotation', () => {
  const anySchedule: fc.Arbitrary<KeySchedule> = fc.record({
    rotationMs: fc.integer({ min: 0, max: 400 }),
    tokenLifeMs: fc.integer({ min: 1, max: 200 }),
    jwksMaxAgeMs: fc.integer({ min: 0, max: 200 }),
    skewMs: fc.integer({ min: 0, max: 20 }),
  });
  // After each step: how long until the next, whether an operator asks, whether a key that is needed is made now or later.
  const anySteps = fc.array(
    fc.record({ wait: fc.integer({ min: 0, max: 120 }), rotate: fc.boolean(), make: fc.boolean() }),
    { minLength: 1, maxLength: 60 },
  );

  interface Moment {
    readonly at: number;
    readonly published: ReadonlySet<string>;
    readonly signer: string;
  }

  /** Every state in which a caller can have found the authority: it ticks before it answers. */
  function history(law: KeySchedule, steps: { wait: number; rotate: boolean; make: boolean }[]): Moment[] {
    let now = 0;
    let made = 0;
    let ring: KeyRing = [];
    const moments: Moment[] = [];
    const see = (next: KeyRing) => {
      ring = next;
      moments.push({ at: now, published: new Set(ring.map((key) => key.kid)), signer: activeKey(ring)?.kid ?? '' });
    };
    see(stepKeys(ring, { kind: 'created', kid: `k${made++}` }, now, law));
    for (const step of steps) {
      now += step.wait;
      see(stepKeys(ring, { kind: 'tick' }, now, law));
      if (step.rotate) see(stepKeys(ring, { kind: 'rotate' }, now, law));
      if (step.make && needsKey(ring)) see(stepKeys(ring, { kind: 'created', kid: `k${made++}` }, now, law));
    }
    return moments;
  }

  it('a token verifies until it expires, by every copy of the JWKS of permitted age', () => {
    fc.assert(
      fc.property(anySchedule, anySteps, (law, steps) => {
        const moments = history(law, steps);
        for (const signed of moments) {
          // A copy that somebody uses at t' in [t, exp) was fetched in [t' - maxAge, t'].
          const from = signed.at - law.jwksMaxAgeMs;
          const until = signed.at + law.tokenLifeMs;
          for (const fetched of moments) {
            if (fetched.at < from || fetched.at >= until) continue;
            if (!fetched.published.has(signed.signer)) return false;
          }
        }
        return true;
      }),
      { numRuns: 2000 },
    );
  });

  it('there is always exactly one key that signs, at most one next, and no kid twice', () => {
    fc.assert(
      fc.property(anySchedule, anySteps, (law, steps) => {
        let now = 0;
        let ring: KeyRing = stepKeys([], { kind: 'created', kid: 'first' }, 0, law);
        for (const [index, step] of steps.entries()) {
          now += step.wait;
          ring = stepKeys(ring, step.rotate ? { kind: 'rotate' } : { kind: 'tick' }, now, law);
          if (step.make) ring = stepKeys(ring, { kind: 'created', kid: `k${index}` }, now, law);
          expect(ring.filter((key) => key.state === 'active')).toHaveLength(1);
          expect(ring.filter((key) => key.state === 'next').length).toBeLessThanOrEqual(1);
          expect(new Set(ring.map((key) => key.kid)).size).toBe(ring.length);
        }
      }),
    );
  });

  it('whoever obeys the alarm rotates at every period and keeps few keys', () => {
    let now = 0;
    let ring: KeyRing = stepKeys([], { kind: 'created', kid: 'k0' }, now, schedule);
    const signers = new Set<string>();
    for (let made = 1; made <= 200; made += 1) {
      if (needsKey(ring)) ring = stepKeys(ring, { kind: 'created', kid: `k${made}` }, now, schedule);
      signers.add(activeKey(ring)?.kid ?? '');
      expect(ring.length).toBeLessThanOrEqual(3);
      now = nextKeyEventMs(ring, now, schedule);
      ring = stepKeys(ring, { kind: 'tick' }, now, schedule);
    }
    // Two alarms a period: one at which the key changes, one at which the old key goes. The first key, and 100 more.
    expect(now).toBeGreaterThanOrEqual(100 * schedule.rotationMs);
    expect(signers.size).toBe(101);
  });
});
