/** `selvedge dev` as a person runs it: the command, its ready line, an edit of KV by wrangler, and its end. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const selvedge = join(root, 'bin/selvedge.mjs');
const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
const quiet = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' };

const files: Readonly<Record<string, string>> = {
  'shop/wrangler.toml':
    'name = "shop"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n[[services]]\nbinding = "PAY"\nservice = "pay"\n[[services]]\nbinding = "GONE"\nservice = "gone"\n',
  'shop/index.js': `export default {
    async fetch(request, env) {
      const { pathname } = new URL(request.url);
      if (pathname === '/gone') return env.GONE.fetch('http://gone/');
      if (pathname === '/cf') return Response.json({ country: typeof request.cf.country });
      console.log('the shop was asked');
      return env.PAY.fetch('http://pay/');
    },
  };`,
  'pay/wrangler.jsonc':
    '{ "name": "pay", "main": "index.js", "compatibility_date": "2026-04-21", "kv_namespaces": [{ "binding": "OWN", "id": "own" }] }',
  'pay/index.js': `export default { async fetch(_request, env) { return new Response('v1 ' + (await env.OWN.get('word'))); } };`,
  'pay-v2/wrangler.json': '{ "name": "pay-v2", "main": "index.js", "compatibility_date": "2026-04-21" }',
  'pay-v2/index.js': `export default { fetch: () => new Response('v2') };`,
};

interface Ready {
  readonly ready: true;
  readonly gateway: string;
  readonly control: string;
  readonly identity: string;
  readonly token: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly host: string }>>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-cli-dev-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configs = ['shop/wrangler.toml', 'pay/wrangler.jsonc', 'pay-v2/wrangler.json'];

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [selvedge, 'dev', ...args], {
    cwd: folder,
    env: quiet,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    out.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    out.stderr += chunk.toString();
  });
  return { child, out };
}

/** Waits for the first line on standard output, or the end. */
async function lineOf(child: ChildProcess, out: { readonly stdout: string }): Promise<void> {
  while (child.exitCode === null && !out.stdout.includes('\n')) await new Promise((done) => setTimeout(done, 50));
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** Asks with a Host header, which Node's fetch does not let one set. */
function ask(base: string, host: string, path = '/') {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const sent = request({ hostname, port, path, headers: { host } }, async (response) => {
      let text = '';
      for await (const chunk of response) text += (chunk as Buffer).toString();
      resolve({ status: response.statusCode ?? 0, text });
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function descendants(pid: number): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) as RegExpExecArray);
  const found: string[] = [];
  const visit = (parent: number) => {
    for (const [, child, of] of rows) {
      if (Number(of) !== parent) continue;
      found.push(child as string);
      visit(Number(child));
    }
  };
  visit(pid);
  return found;
}

describe('selvedge dev --json', () => {
  let child: ChildProcess;
  let out: { stdout: string; stderr: string };
  let ready: Ready;
  /** How busy the machine is shows in how long it took to get there. */
  let startedInMs: number;
  beforeAll(async () => {
    const spawned = Date.now();
    ({ child, out } = start(['--json', '--port', '0', '--persist', 'state', ...configs]));
    await lineOf(child, out);
    if (child.exitCode !== null) throw new Error(`dev ended: ${out.stdout}${out.stderr}`);
    startedInMs = Date.now() - spawned;
    ready = JSON.parse(out.stdout) as Ready;
  });
  afterAll(() => child.kill('SIGKILL'));

  test('the ready line is the only thing on standard output, and has all addresses', () => {
    expect(out.stdout.trim().split('\n')).toHaveLength(1);
    expect(Object.keys(ready.services).sort()).toEqual(['pay', 'pay-v2', 'shop']);
    const port = new URL(ready.gateway).port;
    expect(ready.services.pay?.host).toBe(`pay.localhost:${port}`);
    for (const url of [ready.gateway, ready.control, ...Object.values(ready.services).map((service) => service.url)]) {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    }
    // Begins with no dash, so that it can be typed after --token.
    expect(ready.token).toMatch(/^[0-9a-f]{48}$/);
  });

  test('a service answers through the gateway by its host, and at its own port', async () => {
    const { url, host } = ready.services.shop as Ready['services'][string];
    expect(await ask(ready.gateway, host)).toEqual({ status: 200, text: 'v1 null' });
    expect(await ask(url, new URL(url).host)).toEqual({ status: 200, text: 'v1 null' });
  });

  test('a host that no service has is told which there are', async () => {
    const answer = await ask(ready.gateway, 'nobody.localhost');
    expect(answer.status).toBe(404);
    expect(answer.text).toContain('shop.localhost');
  });

  test('code that reads request.cf runs', async () => {
    const { url } = ready.services.shop as Ready['services'][string];
    expect(JSON.parse((await ask(url, 'localhost', '/cf')).text)).toEqual({ country: 'string' });
  });

  test('a binding to a Worker that is not in the mesh is told, and answers 503 as with wrangler dev', async () => {
    const { url } = ready.services.shop as Ready['services'][string];
    expect(await ask(url, 'localhost', '/gone')).toMatchObject({ status: 503 });
    expect(out.stderr).toContain('GONE names gone, which is not in the mesh');
  });

  test('what Workers log goes to standard error', async () => {
    await ask(ready.services.shop?.url as string, 'localhost');
    await expect.poll(() => out.stderr).toContain('the shop was asked');
  });

  test('the session file lets other commands find control, and only its owner read the token', async () => {
    const path = join(folder, '.selvedge/dev.json');
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      control: ready.control,
      identity: ready.identity,
      token: ready.token,
      gateway: ready.gateway,
      pid: child.pid,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('control wants the token', async () => {
    expect((await fetch(`${ready.control}/api/status`)).status).toBe(401);
    const answer = await fetch(`${ready.control}/api/status`, { headers: { authorization: `Bearer ${ready.token}` } });
    expect(answer.status).toBe(200);
  });

  test('an edit by wrangler kv key put is served without restart; a Worker that is only named after the service can be its version', async () => {
    const document = {
      service: 'pay',
      versions: { v1: { worker: 'pay' }, v2: { worker: 'pay-v2' } },
      routes: [{ name: 'default', backends: [{ version: 'v2' }] }],
    };
    await writeFile(join(folder, 'pay.json'), JSON.stringify(document));
    const line = [
      'kv',
      'key',
      'put',
      'service/pay',
      '--path',
      'pay.json',
      '--namespace-id',
      'selvedge-registry',
      '--local',
      '--persist-to',
      'state',
    ];
    await promisify(execFile)(process.execPath, [wrangler, ...line], { cwd: folder, env: quiet });
    const { url } = ready.services.shop as Ready['services'][string];
    await expect.poll(async () => (await ask(url, 'localhost')).text, { timeout: 20_000, interval: 300 }).toBe('v2');
  });

  test("users' own local data are there", async () => {
    const line = ['kv', 'key', 'put', 'word', 'hello', '--namespace-id', 'own', '--local', '--persist-to', 'state'];
    await promisify(execFile)(process.execPath, [wrangler, ...line], { cwd: folder, env: quiet });
    expect(await ask(ready.services.pay?.url as string, 'localhost')).toMatchObject({ status: 200 });
    const document = {
      service: 'pay',
      versions: { v1: { worker: 'pay' } },
      routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
    };
    await fetch(`${ready.control}/api/documents/service/pay`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ready.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    await expect
      .poll(async () => (await ask(ready.services.pay?.url as string, 'localhost')).text, {
        timeout: 20_000,
        interval: 300,
      })
      .toBe('v1 hello');
  });

  test('a second one in the same folder says that one is running, and leaves its session alone', async () => {
    const path = join(folder, '.selvedge/dev.json');
    const before = await readFile(path, 'utf8');
    const second = start(['--port', '0', '--persist', 'second-state', 'pay/wrangler.jsonc']);
    expect(await ended(second.child)).toBe(1);
    expect(second.out.stderr).toContain(`a mesh runs in this folder already: process ${child.pid}, ${ready.gateway}`);
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test('SIGTERM ends every process within 2 s, with exit code 0, and takes the session file away', async () => {
    const processes = await descendants(child.pid as number);
    expect(processes.length).toBeGreaterThan(0);
    const began = Date.now();
    child.kill('SIGTERM');
    expect(await ended(child)).toBe(0);
    expect(Date.now() - began).toBeLessThan(2000 + startedInMs);
    await expect.poll(() => processes.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 20_000 }).toEqual([]);
    expect(existsSync(join(folder, '.selvedge/dev.json'))).toBe(false);
  });
});

describe('selvedge dev for people', () => {
  test('prints URLs and the line that edits KV; SIGINT ends it with exit code 0', async () => {
    const { child, out } = start(['-f', 'documents', '--port', '0', ...configs]);
    await mkdir(join(folder, 'documents'), { recursive: true });
    await writeFile(
      join(folder, 'documents/pay.yaml'),
      'service: pay\nversions: { v1: { worker: pay }, v2: { worker: pay-v2 } }\nroutes: [{ name: default, backends: [{ version: v2 }] }]\n',
    );
    try {
      await expect
        .poll(() => out.stdout + (child.exitCode ?? ''), { timeout: 90_000, interval: 100 })
        .toContain('wrangler kv key put');
      expect(out.stdout).toContain('http://shop.localhost:');
      expect(out.stdout).not.toContain('http://pay-v2.localhost:');
      expect(out.stdout).toMatch(/http:\/\/shop\.localhost:\d+\/ .*open: every caller may call it/);
      expect(out.stdout).not.toMatch(/http:\/\/pay\.localhost:\d+\/ .*open/);
      expect(out.stdout).toContain('--namespace-id selvedge-registry --local --persist-to shop/.wrangler/state');
      child.kill('SIGINT');
      expect(await ended(child)).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('SIGINT while it starts ends it, and whatever it has started', async () => {
    const spawned = Date.now();
    const { child } = start(['--json', '--port', '0', '--persist', 'third-state', ...configs]);
    try {
      const commandLine = (pid: string) =>
        existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
      // What runs before is the loader of the command itself, which listens to no signal yet.
      const started = async () =>
        (await descendants(child.pid as number)).filter((pid) => /workerd|wrangler/.test(commandLine(pid)));
      await expect.poll(started, { timeout: 120_000, interval: 50 }).not.toEqual([]);
      const processes = await descendants(child.pid as number);
      const began = Date.now();
      child.kill('SIGINT');
      expect(await ended(child)).toBe(0);
      // How busy the machine is shows in how long it took to get there.
      expect(Date.now() - began).toBeLessThan(3000 + (began - spawned));
      // On a busy machine what was told to end takes its time.
      await expect.poll(() => processes.filter((pid) => existsSync(`/proc/${pid}`)), { timeout: 20_000 }).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test.each([
    {
      name: 'a port that is none',
      args: ['--port', 'x', 'shop/wrangler.toml'],
      code: 2,
      says: '--port is a whole number',
    },
    {
      name: 'a config that is not there',
      args: ['nowhere/wrangler.toml'],
      code: 2,
      says: 'there is no wrangler config "nowhere/wrangler.toml"',
    },
    {
      name: 'one Worker twice',
      args: ['pay/wrangler.jsonc', 'pay/wrangler.jsonc'],
      code: 1,
      says: 'both describe a Worker named pay',
    },
    { name: 'malformed documents', args: ['-f', 'broken', 'pay/wrangler.jsonc'], code: 1, says: 'broken/pay.yaml:1:' },
  ])('refused: $name', async ({ args, code, says }) => {
    await mkdir(join(folder, 'broken'), { recursive: true });
    await writeFile(join(folder, 'broken/pay.yaml'), 'service: pay\nversion: {}\n');
    const { child, out } = start([...args, '--persist', 'other-state']);
    expect(await ended(child)).toBe(code);
    expect(out.stdout + out.stderr).toContain(says);
    expect(out.stdout + out.stderr).not.toContain('    at ');
  });

  test('a port that was asked for and is taken is an error; without --port the next free one is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { child, out } = start(['--port', String(port), 'pay/wrangler.jsonc']);
    expect(await ended(child)).toBe(1);
    expect(out.stdout + out.stderr).toContain(`port ${port} is taken`);
    server.close();
  });
});
