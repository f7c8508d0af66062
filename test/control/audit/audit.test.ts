/** The audit log on workerd: what is entered, when, by whom it may be read, and that nothing is changed without it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditPage } from '../../../src/control/audit/entry.ts';
import { makeKey, makeToken, type TestKey } from '../../identity/tokens/make-token.ts';
import { type ControlMesh, type ControlMeshOptions, startControl, token } from '../control-mesh.ts';

const issuer = 'https://id.example';
let mesh: ControlMesh;
let key: TestKey;
let tokens: Readonly<Record<'viewer' | 'operator', string>>;

const payment = {
  service: 'payment',
  versions: { v1: { worker: 'payment' }, v2: { worker: 'payment-v2' } },
  routes: [
    {
      name: 'default',
      backends: [
        { version: 'v1', weight: 100 },
        { version: 'v2', weight: 0 },
      ],
    },
  ],
  access: { rules: [{ action: 'allow', from: { principals: ['declared'] } }] },
};

async function options(): Promise<ControlMeshOptions> {
  key = await makeKey('key-1');
  const roles = ['viewer', 'operator'].map((role) => ({ role, claims: { group: role } }));
  return { vars: { OPERATORS: { issuers: [{ issuer, audiences: ['control'], jwks: { keys: [key.jwk] }, roles }] } } };
}

beforeAll(async () => {
  mesh = await startControl(await options());
  const exp = Math.floor(Date.now() / 1000) + 600;
  const tokenOf = (group: string) => makeToken(key, { iss: issuer, aud: 'control', sub: group, group, exp });
  tokens = { viewer: await tokenOf('viewer'), operator: await tokenOf('operator') };
});
afterAll(() => mesh?.stop());

const as = (role: 'viewer' | 'operator' | 'admin') => ({
  authorization: `Bearer ${role === 'admin' ? token : tokens[role]}`,
});
const send = (role: 'viewer' | 'operator' | 'admin', method: string, path: string, body?: unknown) =>
  mesh.ask(path, { method, headers: as(role), body: body === undefined ? undefined : JSON.stringify(body) });
const put = (role: 'viewer' | 'operator' | 'admin', document: object) =>
  send(role, 'PUT', '/api/documents/service/payment', document);

async function log(query = ''): Promise<readonly AuditEntry[]> {
  return ((await (await mesh.ask(`/api/audit${query}`)).json()) as AuditPage).entries;
}
async function newest(): Promise<AuditEntry> {
  return (await log('?limit=1'))[0] as AuditEntry;
}

describe('the log has', () => {
  it('a document that was created, with who, from where, what and how it ended', async () => {
    const { revision } = (await (await put('admin', payment)).json()) as { revision: string };
    const entry = await newest();
    expect(entry).toMatchObject({
      principal: 'token',
      role: 'admin',
      by: 'token',
      action: 'put',
      key: 'service/payment',
      before: '',
      after: revision,
      outcome: 'made',
      code: '',
      times: 1,
    });
    expect(entry.address).toBe('127.0.0.1');
    expect(entry.words).toContain('versions v1, v2');
    expect(Math.abs(Date.now() - entry.atMs)).toBeLessThan(60_000);
  });

  it('a split of an operator, in the words of the change and with both revisions', async () => {
    const before = await newest();
    expect((await send('operator', 'POST', '/api/services/payment/split', { v1: 50, v2: 50 })).status).toBe(200);
    const entry = await newest();
    expect(entry).toMatchObject({
      principal: `${issuer}/operator`,
      role: 'operator',
      by: 'jwt',
      action: 'split',
      key: 'service/payment',
      before: before.after,
      outcome: 'made',
    });
    expect(entry.words.join('; ')).toContain('v1 100 -> 50');
  });

  it('every document of a write of many, and none that stays as it is', async () => {
    const files = [
      { file: 'a', text: JSON.stringify({ service: 'orders', versions: { v1: { worker: 'orders' } } }) },
      { file: 'b', text: JSON.stringify({ service: 'stock', versions: { v1: { worker: 'stock' } } }) },
    ];
    const { id } = await newest();
    await send('admin', 'POST', '/api/documents', { documents: files });
    expect((await log()).filter((one) => one.id > id).map(({ action, key: of }) => [action, of])).toEqual([
      ['apply', 'service/stock'],
      ['apply', 'service/orders'],
    ]);
    await send('admin', 'POST', '/api/documents', { documents: files });
    await send('viewer', 'POST', '/api/documents', { documents: files, dryRun: true });
    expect((await newest()).id).toBe(id + 2);
  });

  it('a deletion', async () => {
    expect((await send('admin', 'DELETE', '/api/documents/service/stock')).status).toBe(200);
    expect(await newest()).toMatchObject({ action: 'delete', key: 'service/stock', after: '', outcome: 'made' });
  });
});

describe('a role that does not suffice', () => {
  const rows: readonly {
    name: string;
    role: 'viewer' | 'operator';
    ask: () => Promise<Response>;
    needs: string;
    action: string;
    key: string;
  }[] = [
    {
      name: 'a viewer splits',
      role: 'viewer',
      ask: () => send('viewer', 'POST', '/api/services/payment/split', { v1: 1 }),
      needs: 'operator',
      action: 'split',
      key: 'service/payment',
    },
    {
      name: 'a viewer writes',
      role: 'viewer',
      ask: () => put('viewer', payment),
      needs: 'operator',
      action: 'put',
      key: 'service/payment',
    },
    {
      name: 'a viewer applies',
      role: 'viewer',
      ask: () =>
        send('viewer', 'POST', '/api/documents', { documents: [{ file: 'a', text: JSON.stringify(payment) }] }),
      needs: 'operator',
      action: 'apply',
      key: '',
    },
    {
      name: 'an operator opens a service',
      role: 'operator',
      ask: () => put('operator', { ...payment, access: undefined }),
      needs: 'admin',
      action: 'put',
      key: 'service/payment',
    },
    {
      name: 'an operator makes it public',
      role: 'operator',
      ask: () => put('operator', { ...payment, public: { hosts: ['pay.example.com'] } }),
      needs: 'admin',
      action: 'put',
      key: 'service/payment',
    },
    {
      name: 'an operator hides it among changes that he may make',
      role: 'operator',
      ask: () =>
        send('operator', 'POST', '/api/documents', {
          documents: [
            {
              file: 'a',
              text: JSON.stringify({
                service: 'orders',
                versions: { v1: { worker: 'orders' }, v2: { worker: 'orders-v2' } },
                routes: [{ name: 'default', backends: [{ version: 'v2' }] }],
              }),
            },
            { file: 'b', text: JSON.stringify({ ...payment, egress: { hosts: ['evil.example'] } }) },
          ],
        }),
      needs: 'admin',
      action: 'apply',
      key: '',
    },
    {
      name: 'an operator creates',
      role: 'operator',
      ask: () =>
        send('operator', 'PUT', '/api/documents/service/other', {
          service: 'other',
          versions: { v1: { worker: 'other' } },
        }),
      needs: 'admin',
      action: 'put',
      key: 'service/other',
    },
    {
      name: 'an operator changes the mesh',
      role: 'operator',
      ask: () => send('operator', 'PUT', '/api/documents/mesh', { trustDomain: 'a.example' }),
      needs: 'admin',
      action: 'put',
      key: 'mesh',
    },
    {
      name: 'an operator deletes',
      role: 'operator',
      ask: () => send('operator', 'DELETE', '/api/documents/service/payment'),
      needs: 'admin',
      action: 'delete',
      key: 'service/payment',
    },
  ];

  it.each(rows)('$name: 403, which names $needs, and an entry', async ({ role, ask, needs, action, key: of }) => {
    const keys = ['mesh', 'service/payment', 'service/orders', 'service/other'];
    const before = await Promise.all(keys.map((one) => mesh.read(one)));
    const response = await ask();
    expect(response.status).toBe(403);
    const { error } = (await response.json()) as { error: { code: string; message: string; role: string } };
    expect(error).toMatchObject({ code: 'role_needed', role: needs });
    expect(error.message).toContain(`the role ${needs}`);
    expect(await Promise.all(keys.map((one) => mesh.read(one)))).toEqual(before);
    expect(await newest()).toMatchObject({
      principal: `${issuer}/${role}`,
      role,
      action,
      key: of,
      outcome: 'refused',
      code: 'role_needed',
    });
  });

  it('an operator may move traffic by a whole document', async () => {
    const stored = JSON.parse((await mesh.read('service/payment')) as string) as object;
    const routes = [{ name: 'default', backends: [{ version: 'v2', weight: 1 }] }];
    expect((await put('operator', { ...stored, routes })).status).toBe(200);
    expect(await newest()).toMatchObject({ role: 'operator', action: 'put', outcome: 'made' });
  });
});

describe('refused changes', () => {
  it.each([
    { name: 'a malformed document', ask: () => put('admin', { service: 'payment', wrong: 1 }), code: 'malformed' },
    {
      name: 'an unknown version',
      ask: () => send('admin', 'POST', '/api/services/payment/split', { v9: 1 }),
      code: 'split_refused',
    },
    {
      name: 'another revision than expected',
      ask: () =>
        mesh.ask('/api/documents/service/payment', { method: 'DELETE', headers: { 'if-match': '"000000000000"' } }),
      code: 'revision_conflict',
    },
    {
      name: 'a foreign Origin',
      ask: () =>
        mesh.ask('/api/documents/mesh', { method: 'PUT', body: '{}', headers: { origin: 'https://evil.example' } }),
      code: 'origin_refused',
    },
    {
      name: 'a wrong credential',
      ask: () =>
        mesh.ask('/api/documents/mesh', { method: 'PUT', body: '{}', headers: { authorization: 'Bearer wrong' } }),
      code: 'unauthenticated',
    },
    {
      name: 'no credential',
      ask: () => fetch(`${mesh.url}/api/documents/mesh`, { method: 'DELETE' }),
      code: 'unauthenticated',
    },
  ])('$name is entered as refused', async ({ ask, code }) => {
    const { id } = await newest();
    expect((await ask()).status).toBeGreaterThanOrEqual(400);
    const entry = await newest();
    expect(entry.id).toBeGreaterThan(id);
    expect(entry).toMatchObject({ outcome: 'refused', code, after: '' });
  });

  it('that are the same are counted in one entry', async () => {
    for (let times = 0; times < 3; times += 1) await send('viewer', 'DELETE', '/api/documents/service/nothing');
    expect(await newest()).toMatchObject({ action: 'delete', key: 'service/nothing', times: 3 });
  });

  it('a look leaves no entry, whatever comes of it', async () => {
    const { id } = await newest();
    await mesh.ask('/api/documents/service/nothing');
    await send('viewer', 'GET', '/api/audit');
    await mesh.ask('/api/status', { headers: { authorization: 'Bearer wrong' } });
    expect((await newest()).id).toBe(id);
  });
});

describe('reading it', () => {
  it('is for operators and admins', async () => {
    expect((await send('viewer', 'GET', '/api/audit')).status).toBe(403);
    expect((await send('operator', 'GET', '/api/audit')).status).toBe(200);
  });

  it.each([
    '/api/%61udit',
    '/%61udit',
    '/api//audit',
    '/api/./audit',
    '/api/audit/',
    '/API/audit',
    '/api/x%2F..%2Faudit',
    '/api/audit%3Fx',
  ])('a viewer does not come by it as %s', async (path) => {
    for (const method of ['GET', 'HEAD'])
      expect((await send('viewer', method, path)).status).toBeGreaterThanOrEqual(403);
  });

  it.each(['service/%70ayment', 'service%2Fpayment', '%73ervice/payment', 'service/x/../payment'])(
    'nor does a viewer write as %s, or an operator what needs an admin',
    async (key) => {
      const open = { ...payment, access: undefined };
      const before = await mesh.read('service/payment');
      expect((await send('viewer', 'PUT', `/api/documents/${key}`, payment)).status).toBe(403);
      expect((await send('operator', 'PUT', `/api/documents/${key}`, open)).status).toBe(403);
      expect((await send('operator', 'DELETE', `/api/documents/${key}`)).status).toBe(403);
      expect(await mesh.read('service/payment')).toBe(before);
    },
  );

  it('goes back page by page, and may be narrowed', async () => {
    const all = await log('?limit=500');
    const read: AuditEntry[] = [];
    let before: number | undefined;
    do {
      const page = (await (
        await mesh.ask(`/api/audit?limit=4${before === undefined ? '' : `&before=${before}`}`)
      ).json()) as AuditPage;
      read.push(...page.entries);
      before = page.next;
    } while (before !== undefined);
    expect(read).toEqual(all);
    expect((await log('?key=service/stock')).map(({ action }) => action)).toEqual(['delete', 'apply']);
    expect((await log('?outcome=refused')).every(({ outcome }) => outcome === 'refused')).toBe(true);
  });

  it.each(['?limit=0', '?limit=501', '?limit=x', '?before=x', '?outcome=lost', '?who=me'])(
    '%s is refused',
    async (query) => {
      expect((await mesh.ask(`/api/audit${query}`)).status).toBe(400);
    },
  );

  it('the page shows it as text', async () => {
    await send('admin', 'DELETE', '/api/documents/<b>x');
    const page = await (await mesh.ask('/audit')).text();
    expect(page).toContain('service/payment');
    expect(page).not.toContain('<b>x');
  });
});

describe('who writes too often', () => {
  it('is told to wait, though he is known, and changes nothing until then', async () => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const eager = await makeToken(key, { iss: issuer, aud: 'control', sub: 'eager', group: 'operator', exp });
    const write = () =>
      mesh.ask('/api/services/payment/split', {
        method: 'POST',
        headers: { authorization: `Bearer ${eager}` },
        body: '{"v9":1}',
      });
    let response = await write();
    for (let times = 0; response.status === 422 && times < 400; times += 1) response = await write();
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBe(1);
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limited' } });
    const look = await mesh.ask('/api/status', { headers: { authorization: `Bearer ${eager}` } });
    expect(look.status).toBe(200);
    expect((await send('operator', 'POST', '/api/services/payment/split', { v1: 1, v2: 1 })).status).toBe(200);
    const entries = (await log()).filter(({ principal }) => principal === `${issuer}/eager`);
    expect(entries.map(({ code }) => code)).toEqual(['rate_limited', 'split_refused']);
    expect(entries.at(-1)?.times).toBeGreaterThanOrEqual(120);
  });
});

describe('a body that is too large', () => {
  it.each([
    { name: 'as its length says', body: () => 'x'.repeat(4_000_001) },
    { name: 'though no length says so', body: () => new Blob(['x'.repeat(4_000_001)]).stream() },
  ])('is refused, $name', async ({ body }) => {
    const init = { method: 'PUT', body: body(), duplex: 'half' } as RequestInit;
    expect((await mesh.ask('/api/documents/mesh', init)).status).toBe(413);
  });
});

describe('without its Durable Object', () => {
  it('control changes nothing, and shows all but the log', async () => {
    const lame = await startControl({ warden: false });
    try {
      const response = await lame.ask('/api/documents/mesh', { method: 'PUT', body: '{"trustDomain":"a.example"}' });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: 'audit_unavailable' } });
      expect(await lame.read('mesh')).toBeNull();
      expect((await lame.ask('/api/documents')).status).toBe(200);
      expect((await lame.ask('/api/status', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
    } finally {
      await lame.stop();
    }
  });
});
