import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatSession,
  plainBeginning,
  readSession,
  type Session,
  sessionKeys,
  sessionPath,
} from '../../../src/core/splitting/session.ts';

const rule = 'payment\ndefault';
const nowMs = 1_800_000_000_000;
const session: Session = { backend: 'v1', endpoint: '', createdMs: nowMs, usedMs: nowMs };
const sessions = fc.record({
  backend: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(\*[2-9])?$/),
  endpoint: fc.stringMatching(/^[0-9a-z]{0,7}$/),
  createdMs: fc.integer({ min: 0, max: nowMs }),
  usedMs: fc.integer({ min: 0, max: nowMs }),
});

describe('session tokens', () => {
  it('law: are read as they were written, and are values of cookies and headers', () => {
    fc.assert(
      fc.property(sessions, (one) => {
        const token = formatSession(one, rule);
        expect(token).toMatch(/^[!#-+\--:<-[\]-~]+$/);
        expect(readSession(token, rule, {}, nowMs)).toEqual(one);
      }),
    );
  });

  it('law: one that was changed is none', () => {
    const changed = fc.tuple(sessions, fc.nat(), fc.stringMatching(/^[0-9A-Za-z:.*-]$/));
    fc.assert(
      fc.property(changed, ([one, at, character]) => {
        const token = formatSession(one, rule);
        const place = at % token.length;
        const forged = token.slice(0, place) + character + token.slice(place + 1);
        fc.pre(forged !== token);
        expect(readSession(forged, rule, {}, nowMs)).toBeUndefined();
      }),
    );
  });

  it('law: any other text is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readSession(text, rule, {}, nowMs)).toBeUndefined();
      }),
    );
  });

  it('of one rule is none of another, with the same name or of another service', () => {
    const token = formatSession(session, rule);
    for (const other of ['payment\nother', 'orders\ndefault'])
      expect(readSession(token, other, {}, nowMs)).toBeUndefined();
  });

  const rows: readonly [string, Partial<Session>, Parameters<typeof readSession>[2], boolean][] = [
    ['holds without limits', { createdMs: 1, usedMs: 1 }, {}, true],
    ['holds before its absolute timeout', { createdMs: nowMs - 999 }, { absoluteTimeoutMs: 1_000 }, true],
    [
      'ends at its absolute timeout, however busy it was',
      { createdMs: nowMs - 1_000 },
      { absoluteTimeoutMs: 1_000 },
      false,
    ],
    ['holds when it was idle for the idle timeout', { usedMs: nowMs - 1_000 }, { idleTimeoutMs: 1_000 }, true],
    ['ends when it was idle for longer', { usedMs: nowMs - 1_001 }, { idleTimeoutMs: 1_000 }, false],
    ['of a clock that is somewhat ahead holds', { createdMs: nowMs + 50_000, usedMs: nowMs + 50_000 }, {}, true],
    ['from further in the future was made up', { createdMs: nowMs + 70_000 }, {}, false],
  ];
  it.each(rows)('%s', (_rule, more, limits, holds) => {
    const token = formatSession({ ...session, ...more }, rule);
    expect(readSession(token, rule, limits, nowMs) !== undefined).toBe(holds);
  });

  it.each([[null], [undefined], ['']])('%s is none', (token) => {
    expect(readSession(token, rule, {}, nowMs)).toBeUndefined();
  });

  it('backends of one name have keys of their own', () => {
    expect(sessionKeys(['v1', 'v2', 'v1', 'v1'])).toEqual(['v1', 'v2', 'v1*2', 'v1*3']);
  });
});

describe('the path of the cookie', () => {
  const paths = { exact: ['/login', '/a;b/c'], expressions: ['/p1/p2', '/p1'] };
  it.each([
    ['is the prefix that matched', '/app', '/app/x', '/app'],
    ['has no slash at its end, so that it holds for the prefix itself', '/app/', '/app', '/app'],
    ['is the exact path that matched', '/', '/login', '/login'],
    ['is what the longest expression that fits begins with', '/', '/p1/p2/x/p3', '/p1/p2'],
    ['goes by whole segments', '/', '/p1/p22', '/p1'],
    ['is / for a rule that matches all', '/', '/x', '/'],
    ['ends before what a cookie cannot say', '/', '/a;b/c', '/'],
  ])('%s', (_rule, prefix, path, expected) => {
    expect(sessionPath(paths, prefix, path)).toBe(expected);
  });

  it.each([
    ['/p1/p2/.*/p3', '/p1/p2'],
    ['^/p1/[a-z]+', '/p1'],
    ['/p1/ab?c', '/p1'],
    ['/p1/?x', '/'],
    ['/p1/{2}', '/'],
    ['/a|/b/c', '/'],
    ['(?i)/p1/x', '/'],
    ['/', '/'],
    ['.*', '/'],
  ])('the expression %s begins with %s', (expression, beginning) => {
    expect(plainBeginning(expression)).toBe(beginning);
  });

  it('law: whatever an expression matches lies below what it begins with', () => {
    const parts = fc.array(fc.constantFrom('/', 'a', 'b', '.', '*', '?', '(a|b)', '[ab]', '/a', '/b/', '{2}'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(parts, fc.stringMatching(/^\/[ab/]{0,6}$/), (expression, path) => {
        let compiled: RegExp;
        try {
          compiled = new RegExp(`^(?:${expression.join('')})$`);
        } catch {
          return;
        }
        fc.pre(compiled.test(path));
        const beginning = plainBeginning(expression.join(''));
        expect(beginning === '/' || path === beginning || path.startsWith(`${beginning}/`)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
