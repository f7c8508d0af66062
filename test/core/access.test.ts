import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AccessFacts, type AccessRule, type AccessTarget, accessDecision } from '../../src/core/access.ts';
import { belowPattern, namePattern } from '../../src/core/header-match.ts';
import { pathPattern } from '../../src/core/path-match.ts';

const fetchCall: AccessFacts = { kind: 'fetch', method: 'POST', host: 'payment', path: '/charge', principal: 'orders' };
const rpcCall: AccessFacts = { kind: 'rpc', method: 'charge', host: '', path: '', principal: 'orders' };

const http: AccessTarget = { methods: new Set(['POST']), paths: [pathPattern('/charge')] };
const rpc: AccessTarget = { rpc: [namePattern('charge')] };
const rule = (action: 'allow' | 'deny', to?: readonly AccessTarget[], name: string = action): AccessRule => ({
  name,
  action,
  ...(to && { to }),
});
const allowed = (rules: readonly AccessRule[], facts: AccessFacts, strict = false): boolean =>
  accessDecision(rules, strict)(facts).allowed;

describe('protocols', () => {
  test.each<{ name: string; rules: readonly AccessRule[]; fetch: boolean; rpc: boolean }>([
    { name: 'no rules allow everything', rules: [], fetch: true, rpc: true },
    { name: 'an allow without target is for both', rules: [rule('allow')], fetch: true, rpc: true },
    { name: 'an allow with HTTP fields never matches RPC', rules: [rule('allow', [http])], fetch: true, rpc: false },
    { name: 'an allow with rpc only never matches fetch', rules: [rule('allow', [rpc])], fetch: false, rpc: true },
    {
      name: 'an entry with both is read by its own fields',
      rules: [rule('allow', [{ ...http, ...rpc }])],
      fetch: true,
      rpc: true,
    },
    {
      name: 'one of several entries is enough',
      rules: [rule('allow', [{ methods: new Set(['GET']) }, rpc])],
      fetch: false,
      rpc: true,
    },
    {
      name: 'a deny with HTTP fields denies all RPC',
      rules: [rule('deny', [{ paths: [pathPattern('/other')] }])],
      fetch: true,
      rpc: false,
    },
    { name: 'a deny with rpc only leaves fetch alone', rules: [rule('deny', [rpc])], fetch: true, rpc: false },
    {
      name: 'a deny that names rpc too denies just that',
      rules: [rule('deny', [{ ...http, rpc: [namePattern('refund')] }])],
      fetch: false,
      rpc: true,
    },
  ])('$name', ({ rules, fetch, rpc: expected }) => {
    expect(allowed(rules, fetchCall)).toBe(fetch);
    expect(allowed(rules, rpcCall)).toBe(expected);
  });
});

test('strict refuses the anonymous before any rule, permissive asks the rules', () => {
  const anonymous = { ...fetchCall, principal: null };
  expect(accessDecision([rule('allow')], true)(anonymous)).toEqual({ allowed: false, rule: '', reason: 'strict' });
  expect(accessDecision([rule('allow')], false)(anonymous)).toEqual({ allowed: true, rule: 'allow' });
});

describe('the read of a property, which hands over all that lies below it', () => {
  const below = (pattern: string, action: 'allow' | 'deny') => [
    rule(action, [{ rpc: [namePattern(pattern)], rpcBelow: [belowPattern(pattern)] }]),
  ];
  test.each<{ name: string; pattern: string; member: string; args?: readonly unknown[]; passes: boolean }>([
    { name: 'is denied above a denied method', pattern: 'users.delete', member: 'users', passes: false },
    { name: 'is denied at any depth', pattern: 'admin.users.delete', member: 'admin', passes: false },
    { name: 'is denied above a denied pattern', pattern: 'users.d*', member: 'users', passes: false },
    { name: 'passes where the name only begins alike', pattern: 'users.delete', member: 'user', passes: true },
    { name: 'is not what a call is', pattern: 'users.delete', member: 'users', args: [], passes: true },
    { name: 'passes beside it', pattern: 'users.delete', member: 'users.list', passes: true },
  ])('$name', ({ pattern, member, args, passes }) => {
    expect(allowed(below(pattern, 'deny'), { ...rpcCall, method: member, args })).toBe(passes);
  });

  test('is not allowed by what lies below', () => {
    expect(allowed(below('users.list', 'allow'), { ...rpcCall, method: 'users' })).toBe(false);
  });
});

test('the verdict names the rule', () => {
  const decide = accessDecision(
    [rule('allow', undefined, 'all'), rule('deny', [{ methods: new Set(['*']), rpc: [] }], 'no-fetch')],
    false,
  );
  expect(decide(fetchCall)).toEqual({ allowed: false, rule: 'no-fetch', reason: 'deny-rule' });
  expect(decide(rpcCall)).toEqual({ allowed: true, rule: 'all' });
  expect(accessDecision([rule('allow', [rpc])], false)(fetchCall)).toEqual({
    allowed: false,
    rule: '',
    reason: 'no-allow-rule',
  });
});

const principal = fc.constantFrom('orders', 'gateway', null);
const facts: fc.Arbitrary<AccessFacts> = fc.oneof(
  fc.record({
    kind: fc.constant('fetch' as const),
    method: fc.constantFrom('GET', 'POST'),
    host: fc.constant('h'),
    path: fc.constantFrom('/a', '/b'),
    principal,
  }),
  fc.record({
    kind: fc.constant('rpc' as const),
    method: fc.constantFrom('charge', 'refund'),
    host: fc.constant(''),
    path: fc.constant(''),
    principal,
  }),
);
const target: fc.Arbitrary<AccessTarget> = fc.constantFrom<AccessTarget>(
  { methods: new Set(['GET']) },
  { paths: [pathPattern('/a')] },
  rpc,
  { methods: new Set(['POST']), rpc: [namePattern('*')] },
);
const anyRule: fc.Arbitrary<AccessRule> = fc.record(
  {
    name: fc.string({ minLength: 1, maxLength: 3 }),
    action: fc.constantFrom('allow' as const, 'deny' as const),
    from: fc.constantFrom([(who: string | null) => who === 'orders'], [(who: string | null) => who !== null]),
    to: fc.array(target, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['name', 'action'] },
);

describe('laws', () => {
  test('deny beats allow, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(anyRule), fc.array(anyRule), anyRule, facts, (before, after, denying, call) => {
        const deny: AccessRule = { ...denying, action: 'deny' };
        if (accessDecision([deny], false)(call).allowed) return;
        expect(allowed([...before, deny, ...after], call)).toBe(false);
      }),
    );
  });

  test('more deny rules never open anything, and the order of rules does not matter', () => {
    fc.assert(
      fc.property(fc.array(anyRule), anyRule, facts, fc.boolean(), (rules, extra, call, strict) => {
        const verdict = allowed(rules, call, strict);
        expect(allowed([...rules].reverse(), call, strict)).toBe(verdict);
        if (extra.action === 'deny' && !verdict) expect(allowed([...rules, extra], call, strict)).toBe(false);
      }),
    );
  });

  test('what is allowed is allowed by an allow rule, or there is none', () => {
    fc.assert(
      fc.property(fc.array(anyRule), facts, (rules, call) => {
        if (!allowed(rules, call)) return;
        const allows = rules.filter(({ action }) => action === 'allow');
        expect(allows.length === 0 || allows.some((one) => allowed([one], call))).toBe(true);
      }),
    );
  });
});
