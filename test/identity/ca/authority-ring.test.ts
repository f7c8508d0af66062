import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuthorityEvent,
  type AuthorityRing,
  activeIntermediate,
  emptyAuthorityRing,
  missingAuthority,
  nextAuthorityEventMs,
  stepAuthorities,
} from '../../../src/identity/ca/authority-ring.ts';
import {
  type CertificateSchedule,
  certificateSchedule,
  defaultCertificateSchedule,
} from '../../../src/identity/ca/schedule.ts';
import { activeKey } from '../../../src/identity/keys/signing-keys.ts';

const schedule: CertificateSchedule = {
  leafLifeMs: 100,
  longestLeafMs: 100,
  intermediateLifeMs: 300,
  rootLifeMs: 3000,
  rootRotationMs: 1000,
  bundleMaxAgeMs: 50,
  verdictMaxAgeMs: 10,
  skewMs: 5,
};

const fresh: AuthorityRing = {
  roots: [
    { kid: 'a', state: 'active', rotateAtMs: 1000 },
    { kid: 'b', state: 'next', publishedAtMs: 0 },
  ],
  intermediates: [{ kid: 'i', root: 'a', state: 'active', expiresAtMs: 300 }],
};

describe('the life of authorities', () => {
  const rows: { name: string; ring: AuthorityRing; event: AuthorityEvent; now: number; expected: AuthorityRing }[] = [
    { name: 'before its time nothing changes', ring: fresh, event: { kind: 'tick' }, now: 199, expected: fresh },
    {
      name: 'an intermediate that a leaf could outlive signs no more',
      ring: fresh,
      event: { kind: 'tick' },
      now: 200,
      expected: { ...fresh, intermediates: [{ kid: 'i', root: 'a', state: 'retired', expiresAtMs: 300 }] },
    },
    {
      name: 'a retired intermediate is forgotten when it has expired',
      ring: { ...fresh, intermediates: [{ kid: 'i', root: 'a', state: 'retired', expiresAtMs: 300 }] },
      event: { kind: 'tick' },
      now: 300,
      expected: { ...fresh, intermediates: [] },
    },
    {
      name: 'an operator gets another intermediate at once',
      ring: fresh,
      event: { kind: 'rotate', key: 'intermediate' },
      now: 10,
      expected: { ...fresh, intermediates: [{ kid: 'i', root: 'a', state: 'retired', expiresAtMs: 300 }] },
    },
    {
      name: 'with its root an intermediate signs no more',
      ring: fresh,
      event: { kind: 'rotate', key: 'root' },
      now: 56,
      expected: {
        roots: [
          { kid: 'a', state: 'retiring', goneAtMs: 161 },
          { kid: 'b', state: 'active', rotateAtMs: 1056 },
        ],
        intermediates: [{ kid: 'i', root: 'a', state: 'retired', expiresAtMs: 300 }],
      },
    },
    {
      name: 'a root that not every copy of the bundle knows yet signs later',
      ring: fresh,
      event: { kind: 'rotate', key: 'root' },
      now: 20,
      expected: { ...fresh, roots: [{ kid: 'a', state: 'active', rotateAtMs: 20 }, fresh.roots[1] as never] },
    },
    {
      name: 'a revoked root goes at once, and its intermediate with it',
      ring: fresh,
      event: { kind: 'revoked', kid: 'a' },
      now: 1,
      expected: {
        roots: [{ kid: 'b', state: 'active', rotateAtMs: 1001 }],
        intermediates: [{ kid: 'i', root: 'a', state: 'retired', expiresAtMs: 300 }],
      },
    },
    {
      name: 'a revoked intermediate goes at once',
      ring: fresh,
      event: { kind: 'revoked', kid: 'i' },
      now: 1,
      expected: { ...fresh, intermediates: [] },
    },
    {
      name: 'an intermediate of another root than the one that signs is not taken',
      ring: { ...fresh, intermediates: [] },
      event: { kind: 'intermediate-created', kid: 'j', root: 'b', expiresAtMs: 300 },
      now: 1,
      expected: { ...fresh, intermediates: [] },
    },
    {
      name: 'a second intermediate that was made meanwhile is not taken',
      ring: fresh,
      event: { kind: 'intermediate-created', kid: 'j', root: 'a', expiresAtMs: 300 },
      now: 1,
      expected: fresh,
    },
  ];
  for (const { name, ring, event, now, expected } of rows) {
    it(name, () => expect(stepAuthorities(ring, event, now, schedule)).toEqual(expected));
  }

  it('what is missing is made in order: a root, the next one, an intermediate', () => {
    expect(missingAuthority(emptyAuthorityRing)).toBe('root');
    expect(missingAuthority({ ...fresh, roots: fresh.roots.slice(0, 1) })).toBe('root');
    expect(missingAuthority({ ...fresh, intermediates: [] })).toBe('intermediate');
    expect(missingAuthority(fresh)).toBeUndefined();
  });

  it('wakes when something is due', () => {
    expect(nextAuthorityEventMs(emptyAuthorityRing, 7, schedule)).toBe(7);
    expect(nextAuthorityEventMs(fresh, 7, schedule)).toBe(200);
  });
});

describe('laws of authorities', () => {
  const anySchedule = fc
    .record({
      longestLeafMs: fc.integer({ min: 1, max: 200 }),
      spare: fc.integer({ min: 0, max: 300 }),
      rootRotationMs: fc.integer({ min: 0, max: 600 }),
      bundleMaxAgeMs: fc.integer({ min: 0, max: 200 }),
      skewMs: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ longestLeafMs, spare, ...rest }): CertificateSchedule => {
      const intermediateLifeMs = 2 * longestLeafMs + spare;
      const rootLifeMs = 2 * rest.rootRotationMs + intermediateLifeMs;
      return { ...rest, longestLeafMs, leafLifeMs: longestLeafMs, intermediateLifeMs, rootLifeMs, verdictMaxAgeMs: 0 };
    });
  const anySteps = fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 120 }),
      rotate: fc.constantFrom(undefined, undefined, 'root' as const, 'intermediate' as const),
      make: fc.boolean(),
    }),
    { minLength: 1, maxLength: 50 },
  );

  interface Moment {
    readonly at: number;
    readonly published: ReadonlySet<string>;
    /** Root of the intermediate that signs, and its end. */
    readonly signer: { readonly root: string; readonly expiresAtMs: number } | undefined;
  }

  /** Every state in which somebody can have found the authority: it ticks before it answers. */
  function history(
    law: CertificateSchedule,
    steps: readonly { wait: number; rotate: 'root' | 'intermediate' | undefined; make: boolean }[],
  ): Moment[] {
    let now = 0;
    let made = 0;
    let ring = emptyAuthorityRing;
    const moments: Moment[] = [];
    const see = (next: AuthorityRing) => {
      ring = next;
      expect(ring.roots.filter(({ state }) => state === 'active').length).toBeLessThanOrEqual(1);
      expect(ring.intermediates.filter(({ state }) => state === 'active').length).toBeLessThanOrEqual(1);
      moments.push({ at: now, published: new Set(ring.roots.map(({ kid }) => kid)), signer: activeIntermediate(ring) });
    };
    const make = () => {
      for (let tries = 0; tries < 3; tries += 1) {
        const missing = missingAuthority(ring);
        const kid = `k${made++}`;
        if (missing === 'root') see(stepAuthorities(ring, { kind: 'root-created', kid }, now, law));
        if (missing !== 'intermediate') continue;
        const root = activeKey(ring.roots)?.kid ?? '';
        see(
          stepAuthorities(
            ring,
            { kind: 'intermediate-created', kid, root, expiresAtMs: now + law.intermediateLifeMs },
            now,
            law,
          ),
        );
      }
    };
    make();
    for (const step of steps) {
      now += step.wait;
      see(stepAuthorities(ring, { kind: 'tick' }, now, law));
      if (step.rotate !== undefined) see(stepAuthorities(ring, { kind: 'rotate', key: step.rotate }, now, law));
      if (step.make) make();
    }
    return moments;
  }

  it('a leaf verifies to its end, by every copy of the bundle of permitted age, and never outlives what signed it', () => {
    fc.assert(
      fc.property(anySchedule, anySteps, (law, steps) => {
        const moments = history(law, steps);
        for (const { at, signer } of moments) {
          if (signer === undefined) continue;
          if (signer.expiresAtMs < at + law.longestLeafMs) return false;
          // A copy that somebody uses at t' in [at, end) was fetched in [t' - maxAge, t'].
          for (const fetched of moments) {
            if (fetched.at < at - law.bundleMaxAgeMs || fetched.at >= at + law.longestLeafMs) continue;
            if (!fetched.published.has(signer.root)) return false;
          }
        }
        return true;
      }),
      { numRuns: 1000 },
    );
  });

  it('whoever obeys the alarm keeps few authorities', () => {
    let now = 0;
    let ring = emptyAuthorityRing;
    for (let made = 0; made < 400; made += 1) {
      const missing = missingAuthority(ring);
      const root = activeKey(ring.roots)?.kid ?? '';
      const event: AuthorityEvent =
        missing === 'root'
          ? { kind: 'root-created', kid: `k${made}` }
          : missing === 'intermediate'
            ? { kind: 'intermediate-created', kid: `k${made}`, root, expiresAtMs: now + schedule.intermediateLifeMs }
            : { kind: 'tick' };
      if (missing === undefined) now = nextAuthorityEventMs(ring, now, schedule);
      ring = stepAuthorities(ring, event, now, schedule);
      expect(ring.roots.length).toBeLessThanOrEqual(3);
      expect(ring.intermediates.length).toBeLessThanOrEqual(4);
    }
    expect(now).toBeGreaterThan(20 * schedule.rootRotationMs);
  });
});

describe('the schedule of certificates', () => {
  it('has defaults that fit together', () => {
    expect(certificateSchedule(undefined)).toEqual(defaultCertificateSchedule);
    expect(certificateSchedule({ leafLifeMs: 5000 })).toEqual({ ...defaultCertificateSchedule, leafLifeMs: 5000 });
  });
  const rows: [name: string, given: Partial<Record<keyof CertificateSchedule, unknown>>, words: string][] = [
    ['a text is no time', { leafLifeMs: '24h' }, 'leafLifeMs'],
    ['a leaf lives for seconds at least', { leafLifeMs: 1000 }, 'leafLifeMs'],
    ['a leaf does not live longer than the longest', { leafLifeMs: 8 * 86_400_000 }, 'longestLeafMs'],
    ['an intermediate outlives two leaves', { intermediateLifeMs: 10 * 86_400_000 }, 'intermediateLifeMs'],
    [
      'a root outlives its time as the next one and as the one that signs',
      { rootRotationMs: 2000 * 86_400_000 },
      'rootLifeMs',
    ],
  ];
  for (const [name, given, words] of rows) {
    it(name, () => expect(() => certificateSchedule(given as Partial<CertificateSchedule>)).toThrow(words));
  }
});
