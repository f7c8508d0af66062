/** What stays and what changes while an account runs and its Workers are uploaded again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Account, startAccount } from './account/account.ts';
import { rest, uploadForm } from './account/rest.ts';
import { type RunningAccount, runAccount } from './account/run-account.ts';

const callee = (className: string, version: string) => `
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class ${className} extends DurableObject {
  async add() { const n = ((await this.ctx.storage.get('n')) ?? 0) + 1; await this.ctx.storage.put('n', n); return n; }
}
export class Admin extends WorkerEntrypoint {
  async add() { return [${JSON.stringify(version)}, this.ctx.props, await this.env.ROOM.getByName('one').add()]; }
}
export default { fetch: () => new Response('callee') };`;

const caller = `
export default {
  async fetch(request, env) {
    if (request.headers.get('upgrade') === 'websocket') {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.addEventListener('message', ({ data }) => server.send('echo ' + data));
      return new Response(null, { status: 101, webSocket: client });
    }
    return Response.json(await env.ADMIN.add());
  },
};`;

let account: Account;
let running: RunningAccount;
const scripts = '/accounts/:account/workers/scripts';
const put = async (name: string, form: FormData) =>
  expect(await rest(account, 'PUT', `${scripts}/${name}`, form)).toMatchObject({ codes: [], status: 200 });
const room = (class_name: string) => ({ name: 'ROOM', type: 'durable_object_namespace', class_name });
const ask = async () => (await running.fetch('https://example.com/')).json();

beforeAll(async () => {
  account = await startAccount();
  const made = { new_tag: 'v1', steps: [{ new_sqlite_classes: ['Room'] }] };
  await put('callee', uploadForm(callee('Room', 'one'), { bindings: [room('Room')], migrations: made }));
  const admin = { name: 'ADMIN', type: 'service', service: 'callee', entrypoint: 'Admin', props: { from: 'caller' } };
  await put('caller', uploadForm(caller, { bindings: [admin] }));
  await rest(account, 'PUT', `${scripts}/caller/routes`, [{ pattern: 'example.com/*' }]);
  running = await runAccount(account);
});
afterAll(async () => {
  await running?.stop();
  await account?.close();
});

test('an object keeps what it stored when its class is renamed by a migration', async () => {
  expect(await ask()).toEqual(['one', { from: 'caller' }, 1]);
  const renamed = { old_tag: 'v1', new_tag: 'v2', steps: [{ renamed_classes: [{ from: 'Room', to: 'Hall' }] }] };
  await put('callee', uploadForm(callee('Hall', 'two'), { bindings: [room('Hall')], migrations: renamed }));
  expect(account.state.scripts.callee).toMatchObject({ migrationTag: 'v2', classes: { Hall: { sqlite: true } } });
  expect(await ask()).toEqual(['two', { from: 'caller' }, 2]);
});

test('a version that is uploaded only does not run; a deployment of it does, and one of the old version brings that back', async () => {
  const form = uploadForm(callee('Hall', 'three'), { bindings: [room('Hall')] });
  const { result } = await rest(account, 'POST', `${scripts}/callee/versions`, form);
  expect(await ask()).toMatchObject(['two', {}, 3]);
  const deploy = (version_id: string) =>
    rest(account, 'POST', `${scripts}/callee/deployments`, {
      strategy: 'percentage',
      versions: [{ version_id, percentage: 100 }],
    });
  const before = account.state.scripts.callee?.deployed.id ?? '';
  await deploy((result as { id: string }).id);
  expect(await ask()).toMatchObject(['three', {}, 4]);
  await deploy(before);
  expect(await ask()).toMatchObject(['two', {}, 5]);
});

test('an entrypoint that a later version lost fails for who binds it, and for nobody else', async () => {
  const deleted = { old_tag: 'v2', new_tag: 'v3', steps: [{ deleted_classes: ['Hall'] }] };
  await put('callee', uploadForm('export default { fetch: () => new Response("bare") };', { migrations: deleted }));
  await rest(account, 'POST', `${scripts}/callee/subdomain`, { enabled: true });
  expect((await running.fetch('https://example.com/')).status).toBe(500);
  expect(await (await running.fetch('https://callee.tester.workers.dev/')).text()).toBe('bare');
});

test('the front lets WebSockets through', async () => {
  const { webSocket } = await running.mf.dispatchFetch('https://example.com/', { headers: { upgrade: 'websocket' } });
  const answer = new Promise((resolve) => webSocket?.addEventListener('message', ({ data }) => resolve(data)));
  webSocket?.accept();
  webSocket?.send('hello');
  expect(await answer).toBe('echo hello');
  webSocket?.close();
});
