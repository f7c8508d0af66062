/** The account of the tests refuses what Cloudflare refuses; wrangler's own refusals are in account.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Account, startAccount } from './account/account.ts';
import { rest, uploadForm } from './account/rest.ts';

const scripts = '/accounts/:account/workers/scripts';
const callee = `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Room extends DurableObject {}
export class Admin extends WorkerEntrypoint {}
export default { fetch: () => new Response('callee') };`;
const plain = 'export default { fetch: () => new Response("plain") };';

let account: Account;
let zone: string;
const upload = (name: string, code: string, metadata?: Readonly<Record<string, unknown>>) =>
  rest(account, 'PUT', `${scripts}/${name}`, uploadForm(code, metadata));
const uploadVersion = (name: string, code: string, metadata?: Readonly<Record<string, unknown>>) =>
  rest(account, 'POST', `${scripts}/${name}/versions`, uploadForm(code, metadata));

beforeAll(async () => {
  account = await startAccount({ zones: ['example.com', { name: 'example.org', dns: ['www.example.org'] }] });
  zone = account.state.zones[0]?.id ?? '';
  const migrations = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] };
  expect(await upload('callee', callee, { migrations })).toMatchObject({ status: 200 });
  expect(await upload('plain', plain)).toMatchObject({ status: 200 });
});
afterAll(() => account.close());

const service = (binding: Readonly<Record<string, unknown>>) => ({
  bindings: [{ name: 'TARGET', type: 'service', ...binding }],
});
const object = (binding: Readonly<Record<string, unknown>>) => ({
  bindings: [{ name: 'ROOM', type: 'durable_object_namespace', ...binding }],
});

describe('an upload is refused', () => {
  const rows: { name: string; code?: string; metadata?: Readonly<Record<string, unknown>>; error: number }[] = [
    { name: 'whose service binding has no target', metadata: service({ service: 'absent' }), error: 10143 },
    {
      name: 'whose service binding names no entrypoint of the target',
      metadata: service({ service: 'callee', entrypoint: 'Owner' }),
      error: 10144,
    },
    {
      name: 'whose namespace does not exist',
      metadata: { bindings: [{ name: 'KV', type: 'kv_namespace', namespace_id: 'none' }] },
      error: 10041,
    },
    {
      name: 'whose bucket does not exist',
      metadata: { bindings: [{ name: 'B', type: 'r2_bucket', bucket_name: 'none' }] },
      error: 10085,
    },
    {
      name: 'whose database does not exist',
      metadata: { bindings: [{ name: 'D', type: 'd1', id: 'none' }] },
      error: 10181,
    },
    {
      name: 'whose queue does not exist',
      metadata: { bindings: [{ name: 'Q', type: 'queue', queue_name: 'none' }] },
      error: 11000,
    },
    { name: 'that binds a class nobody migrated', metadata: object({ class_name: 'Room' }), error: 10061 },
    {
      name: 'that binds a class of a Worker that is not there',
      metadata: object({ class_name: 'Room', script_name: 'absent' }),
      error: 10061,
    },
    {
      name: 'that makes a class it does not export',
      metadata: { migrations: { new_tag: 'v1', steps: [{ new_classes: ['Other'] }] } },
      error: 10070,
    },
    {
      name: 'that goes on from another migration than the last',
      metadata: { migrations: { old_tag: 'v0', new_tag: 'v1', steps: [] } },
      error: 10079,
    },
    {
      name: 'with two bindings of one name',
      metadata: {
        bindings: [
          { name: 'A', type: 'plain_text', text: '1' },
          { name: 'A', type: 'json', json: 2 },
        ],
      },
      error: 10053,
    },
    {
      name: 'that inherits what no version has',
      metadata: { bindings: [{ name: 'SECRET', type: 'inherit' }] },
      error: 10057,
    },
    {
      name: 'with a var of more than 5 kB',
      metadata: { bindings: [{ name: 'V', type: 'json', json: 'v'.repeat(6000) }] },
      error: 10021,
    },
    { name: 'that imports what was not uploaded', code: "import './other.js'; export default {};", error: 10021 },
    { name: 'that does not parse', code: 'export default {', error: 10021 },
    { name: 'of tomorrow', metadata: { compatibility_date: '2999-01-01' }, error: 10021 },
    {
      name: 'with assets that were never uploaded',
      metadata: { assets: { jwt: 'none' } },
      error: 10013,
    },
  ];
  test.each(rows)('$name', async ({ code, metadata, error }) => {
    expect(await upload('fresh', code ?? plain, metadata)).toMatchObject({ codes: [error], result: null });
    expect(account.state.scripts.fresh).toBeUndefined();
  });

  test('under a name that no Worker may have', async () => {
    expect(await upload('Upper', plain)).toMatchObject({ codes: [10016] });
  });

  test('that leaves out a class which has objects', async () => {
    expect(await upload('callee', plain)).toMatchObject({ codes: [10064] });
    expect(account.state.scripts.callee?.uploads).toBe(1);
  });

  test('as a version with migrations, and as a version of a Worker that is not there', async () => {
    const migrations = { old_tag: 'v1', new_tag: 'v2', steps: [] };
    expect(await uploadVersion('callee', callee, { migrations })).toMatchObject({ codes: [10211] });
    expect(await uploadVersion('absent', plain)).toMatchObject({ status: 404, codes: [10007] });
  });
});

describe('routes and domains', () => {
  test('a pattern belongs to one Worker; giving it to another is one call on the route itself', async () => {
    const path = `/zones/${zone}/workers/routes`;
    const made = await rest(account, 'POST', path, { pattern: 'example.com/*', script: 'callee' });
    expect(made.status).toBe(200);
    const taken = await rest(account, 'POST', path, { pattern: 'example.com/*', script: 'plain' });
    expect(taken).toMatchObject({ status: 409, codes: [10020] });
    const put = await rest(account, 'PUT', `${scripts}/plain/routes`, [{ pattern: 'example.com/*' }]);
    expect(put).toMatchObject({ status: 409, codes: [10020] });
    const { id } = made.result as { id: string };
    const moved = await rest(account, 'PUT', `${path}/${id}`, { pattern: 'example.com/*', script: 'plain' });
    expect(moved.result).toEqual({ id, pattern: 'example.com/*', script: 'plain' });
    expect((await rest(account, 'DELETE', `${path}/${id}`)).status).toBe(200);
    expect(account.state.routes).toEqual([]);
  });

  test.each([
    { name: 'of another zone', body: { pattern: 'example.net/*', script: 'plain' }, error: 10022 },
    { name: 'with a wildcard inside its path', body: { pattern: 'example.com/*/b', script: 'plain' }, error: 10022 },
    { name: 'to a Worker that is not there', body: { pattern: 'example.com/*', script: 'absent' }, error: 10019 },
  ])('a route $name is refused', async ({ body, error }) => {
    const answer = await rest(account, 'POST', `/zones/${zone}/workers/routes`, body);
    expect(answer).toMatchObject({ status: 400, codes: [error] });
  });

  test('a host with DNS records of its own, or with another Worker, is taken over only on demand', async () => {
    const records = `${scripts}/plain/domains/records`;
    const origins = [{ hostname: 'www.example.org' }];
    expect(await rest(account, 'PUT', records, { origins })).toMatchObject({ codes: [100117] });
    const taken = await rest(account, 'PUT', records, { origins, override_existing_dns_record: true });
    expect(taken.result).toMatchObject([{ hostname: 'www.example.org', service: 'plain', zone_name: 'example.org' }]);
    const other = `${scripts}/callee/domains/records`;
    expect(await rest(account, 'PUT', other, { origins })).toMatchObject({ codes: [100116] });
    expect((await rest(account, 'PUT', other, { origins, override_existing_origin: true })).status).toBe(200);
    expect(account.state.domains.map(({ service }) => service)).toEqual(['callee']);
    const [domain] = (await rest(account, 'GET', '/accounts/:account/workers/domains')).result as { id: string }[];
    expect((await rest(account, 'DELETE', `/accounts/:account/workers/domains/${domain?.id}`)).status).toBe(200);
  });
});

describe('secrets', () => {
  const put = (name: string) =>
    rest(account, 'PUT', `${scripts}/plain/secrets`, { name, text: 's', type: 'secret_text' });

  test('stay when code is uploaded again, unless the upload has a binding of that name', async () => {
    expect((await put('TOKEN')).status).toBe(200);
    expect((await put('OTHER')).status).toBe(200);
    await upload('plain', plain, { bindings: [{ name: 'OTHER', type: 'plain_text', text: 'no secret' }] });
    expect(account.state.scripts.plain?.secrets).toEqual({ TOKEN: 's' });
    expect(account.state.scripts.plain?.uploads).toBe(2);
    const settings = await rest(account, 'GET', `${scripts}/plain/settings`);
    expect(settings.result).toMatchObject({ bindings: [{ name: 'OTHER' }, { name: 'TOKEN', type: 'secret_text' }] });
    expect(JSON.stringify(settings.result)).not.toContain('"s"');
  });

  test('are refused under the name of another binding, and beside a version that is not deployed', async () => {
    expect(await put('OTHER')).toMatchObject({ codes: [10053] });
    expect((await uploadVersion('plain', plain)).status).toBe(200);
    expect(await put('TOKEN')).toMatchObject({ codes: [10215] });
  });
});

describe('the account', () => {
  test('keeps a Worker that others use, unless it is made to', async () => {
    await upload('user', plain, service({ service: 'callee', entrypoint: 'Admin', props: { a: 1 } }));
    expect(await rest(account, 'DELETE', `${scripts}/callee`)).toMatchObject({ codes: [10064] });
    expect((await rest(account, 'DELETE', `${scripts}/callee?force=true`)).status).toBe(200);
    expect(Object.keys(account.state.scripts)).toEqual(['plain', 'user']);
  });

  test('refuses a wrong token and another account', async () => {
    const bad = { ...account, api: { ...account.api, token: 'wrong' } };
    expect(await rest(bad, 'GET', scripts)).toMatchObject({ status: 403, codes: [10000] });
    const other = { ...account, accountId: 'another' };
    expect(await rest(other, 'GET', scripts)).toMatchObject({ status: 403, codes: [9109] });
  });

  test('records calls that it does not know and never says yes to them', async () => {
    expect(account.unknown).toEqual([]);
    expect((await rest(account, 'POST', '/accounts/:account/ai/run/model', {})).status).toBe(501);
    expect(account.unknown).toEqual([`POST /accounts/${account.accountId}/ai/run/model`]);
  });

  test('fails calls as it is told to: refused, cut before they had an effect, or after', async () => {
    const create = (title: string) => rest(account, 'POST', '/accounts/:account/storage/kv/namespaces', { title });
    const titles = () => Object.values(account.state.kv).map(({ title }) => title);
    account.failNext(({ meaning }) => meaning === 'create KV namespace one', {
      status: 429,
      errors: [{ code: 971, message: 'slow down' }],
    });
    expect(await create('one')).toMatchObject({ status: 429, codes: [971] });
    account.failNext(({ meaning }) => meaning === 'create KV namespace two', { cut: 'before' });
    await expect(create('two')).rejects.toThrow();
    expect(titles()).toEqual([]);
    account.failNext(({ meaning }) => meaning === 'create KV namespace three', { cut: 'after' });
    await expect(create('three')).rejects.toThrow();
    expect(titles()).toEqual(['three']);
    expect(await create('one')).toMatchObject({ status: 200 });
    expect(await create('one')).toMatchObject({ codes: [10014] });
  });
});
