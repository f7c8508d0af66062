/** In which order a change and its entry are made, and what becomes of each where the other fails: a log and a registry that are told step by step. */
import { Hono } from 'hono';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Outcome } from '../../../src/control/audit/entry.ts';
import { makeChanges } from '../../../src/control/audit/make-changes.ts';
import type { Begun, WardenApi } from '../../../src/control/audit/warden-api.ts';
import type { ControlBindings, ControlHono } from '../../../src/control/hono-env.ts';
import type { Role } from '../../../src/control/lock/role.ts';

interface Row {
  readonly name: string;
  readonly role?: Role;
  /** What the log says to the entries; it takes them unless said. */
  readonly begin?: () => Begun;
  readonly settle?: () => void;
  /** Keys that the registry does not take. */
  readonly refuses?: readonly string[];
  readonly steps: readonly string[];
  readonly status: number;
}

const taken = ['begin a, b', 'put a', 'put b'];
const fail = (text: string) => (): never => {
  throw new Error(text);
};

const rows: readonly Row[] = [
  {
    name: 'entries come first, then the changes, then their outcome',
    steps: [...taken, 'a made', 'b made'],
    status: 200,
  },
  { name: 'a log that cannot be written: nothing is changed', begin: fail('gone'), steps: ['begin a, b'], status: 503 },
  {
    name: 'too many: nothing is changed',
    begin: () => ({ ok: false, code: 'rate_limited', waitMs: 1500 }),
    steps: ['begin a, b'],
    status: 429,
  },
  {
    name: 'a value that is no more: nothing is changed',
    begin: () => ({ ok: false, code: 'revision_conflict', key: 'a', revision: '1' }),
    steps: ['begin a, b'],
    status: 412,
  },
  {
    name: 'a role that does not suffice for one of them: nothing is entered, nothing changed',
    role: 'operator',
    steps: [],
    status: 403,
  },
  {
    name: 'the registry fails for one: the log says for which',
    refuses: ['a'],
    steps: [...taken, 'a failed', 'b made'],
    status: 500,
  },
  {
    name: 'an outcome that cannot be told: the change was made, and its entry stays as begun',
    settle: fail('gone'),
    steps: [...taken, 'a made', 'b made'],
    status: 200,
  },
];

// What fails here is logged by control, and not of interest to who reads this.
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

it.each(rows)('$name', async ({ role = 'admin', begin, settle, refuses = [], steps, status }) => {
  const done: string[] = [];
  const keys = ['a', 'b'];
  const log: Pick<WardenApi, 'begin' | 'settle'> = {
    async begin(_caller, changes) {
      done.push(`begin ${changes.map(({ key }) => key).join(', ')}`);
      return begin?.() ?? { ok: true, ids: [0, 1] };
    },
    async settle(id: number, outcome: Outcome) {
      done.push(`${keys[id]} ${outcome}`);
      settle?.();
    },
  };
  const changes = keys.map((key) => ({
    action: 'put',
    key,
    before: '',
    after: '1',
    words: [],
    needed: { role: key === 'b' ? ('admin' as const) : ('operator' as const), why: 'a test' },
    make: async () => {
      done.push(`put ${key}`);
      if (refuses.includes(key)) throw new Error('KV is full');
    },
  }));
  const app = new Hono<ControlHono>().post('/', async (c) => {
    c.set('operator', { principal: 'someone', role, by: 'jwt' });
    c.set('caller', { principal: 'someone', role, by: 'jwt', address: '' });
    return (await makeChanges(c, changes)) ?? c.text('done');
  });
  app.onError((_error, c) => c.text('failed', 500));
  const env = { WARDEN: { getByName: () => log } } as unknown as ControlBindings;
  const kept: Promise<unknown>[] = [];
  const context = { waitUntil: (work: Promise<unknown>) => kept.push(work), passThroughOnException() {}, props: {} };
  const response = await app.request('/', { method: 'POST' }, env, context);
  // Whoever asks may go away: then the platform still brings this to its end.
  expect(kept).toHaveLength(1);
  expect(response.status).toBe(status);
  expect(done).toEqual(steps);
  if (status === 429) expect(response.headers.get('retry-after')).toBe('2');
});
