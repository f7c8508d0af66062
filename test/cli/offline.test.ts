/** What the CLI does without a control: help, lint, and how it says that there is none. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selvedgeInProcess as selvedge } from './in-process.ts';
import { selvedge as selvedgeSpawned } from './spawn.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-cli-'));
  await mkdir(join(folder, 'good/nested'), { recursive: true });
  await mkdir(join(folder, 'bad'));
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'good/mesh.yaml'), 'trustDomain: shop.example\n');
  await writeFile(
    join(folder, 'good/nested/payment.json'),
    '{"service":"payment","versions":{"v1":{"worker":"payment"}}}',
  );
  await writeFile(join(folder, 'good/service.schema.json'), '{"$schema":"not a document"}');
  await writeFile(
    join(folder, 'bad/payment.yaml'),
    'service: payment\nversions:\n  v1: { wroker: payment }\nroutes: many\n',
  );
  await writeFile(join(folder, 'bad/orders.json'), '{"service": "orders",\n "versions": }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Like a library that ends the process itself when a signal comes: its listener stands behind the command's, and then the signal comes. */
const eager = `process.on('newListener', (event, listener) => {
  if (event !== 'SIGTERM' || globalThis.isAdded) return;
  globalThis.isAdded = true;
  setImmediate(() => {
    process.on('SIGTERM', () => process.exit(0));
    process.kill(process.pid, 'SIGTERM');
  });
});`;

it('a command that a signal ends says so by its code, whatever libraries make of the signal', async () => {
  const preload = `--import data:text/javascript,${encodeURIComponent(eager)}`;
  expect(await selvedgeSpawned(['lint', '-f', 'good'], folder, { NODE_OPTIONS: preload })).toMatchObject({ code: 143 });
});

describe('a process says what the same code says without one', () => {
  it.each([
    { name: 'a help', args: ['lint', '--help'], code: 0 },
    { name: 'findings', args: ['lint', '-f', 'bad'], code: 1 },
    { name: 'a wrong command line', args: ['lnit'], code: 2 },
    { name: 'no control, as JSON', args: ['status', '--json'], code: 3 },
  ])('$name', async ({ args, code }) => {
    const spawned = await selvedgeSpawned(args, folder);
    expect(spawned).toEqual(await selvedge(args, folder));
    expect(spawned.code).toBe(code);
  });
});

describe('help', () => {
  it('without a command lists the commands and exits 2', async () => {
    const { code, out } = await selvedge([], folder);
    expect(code).toBe(2);
    for (const command of ['dev', 'lint', 'apply', 'diff', 'get', 'split', 'traces', 'trace', 'status'])
      expect(out).toContain(`  ${command} `);
  });

  it.each(['lint', 'apply', 'diff', 'get', 'split', 'traces', 'trace', 'status'])(
    'selvedge %s --help shows options and an example',
    async (command) => {
      const { code, out } = await selvedge([command, '--help'], folder);
      expect(code).toBe(0);
      expect(out).toContain('--json');
      expect(out).toContain(`\n  selvedge ${command}`);
      expect(out).not.toContain('\u001b');
    },
  );
});

describe('a wrong command line exits 2', () => {
  it.each([
    [['lnit']],
    [['lint', '--jsno']],
    [['lint', '-f']],
    [['lint', '-f', 'nowhere']],
    [['lint', '-f', 'empty']],
    [['apply']],
    [['lint'], '`selvedge init` writes them'],
    [['status', 'payment'], 'options: payment'],
    [['trace', '4bf92f35', '00f067aa'], 'reads: 00f067aa'],
    [['identity', 'lift', 'spiffe://a.example/b', 'spiffe://a.example/c'], 'reads: spiffe://a.example/c'],
    [['import', '--out', 'good/mesh.yaml/x', 'empty']],
    [['split', 'payment']],
    [['split', 'payment', 'v1:90']],
    [['split', 'payment', 'v1=1', 'v1=2']],
    [['trace']],
    [['traces', '--limit', 'many']],
    [['traces', '--min-duration', 'soon']],
    [['get', '-o', 'xml']],
    [['status', '--control', 'ftp://x', '--token', 't']],
    [['status', '--control', 'http://127.0.0.1:1']],
    [['status', '--control', 'http://127.0.0.1', '--token', '-abc'], 'written --token=VALUE'],
  ] as [string[], string?][])('selvedge %j', async (args, words = '') => {
    const { code, err, out } = await selvedge([...args, '--json'], folder);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage', message: expect.stringContaining(words) } });
    expect(code).toBe(2);
  });

  it('and says so on stderr where nobody asked for JSON', async () => {
    const { err, out } = await selvedge(['lnit'], folder);
    expect(err).toContain('"lnit"');
    expect(out).toBe('');
  });
});

describe('lint', () => {
  it('finds nothing wrong in good documents, and takes no JSON Schema for one', async () => {
    const { code, out } = await selvedge(['lint', '-f', 'good'], folder);
    expect(out).toBe('No problems in 2 files\n');
    expect(code).toBe(0);
  });

  it('prints every mistake of every file as file:line:column', async () => {
    const { code, out } = await selvedge(['lint', '-f', 'bad', 'good/mesh.yaml'], folder);
    expect(code).toBe(1);
    expect(out).toMatch(/^bad\/orders\.json:2:14: error SV0001 /m);
    expect(out).toMatch(
      /^bad\/payment\.yaml:3:9: error SV0005 unknown field "wroker" \(versions\.v1\.wroker; expected worker/m,
    );
    expect(out).toMatch(/^bad\/payment\.yaml:4:9: error SV0007 .*\(routes; expected a list\)/m);
    expect(out).toMatch(/\d errors in 3 files\n$/);
  });

  it('findings about sound documents have their places too', async () => {
    await writeFile(
      join(folder, 'doubtful.yaml'),
      'service: payment\nversions: { v1: { worker: payment } }\naccess:\n  rules:\n    - { action: deny, to: { paths: [/x] } }\n',
    );
    const { code, out } = await selvedge(['lint', '-f', 'doubtful.yaml'], folder);
    expect(out).toMatch(/^doubtful\.yaml:5:27: warning SV0113 .*\(access\.rules\[0\]\.to; expected rpc/m);
    expect(code).toBe(0);
  });

  it('--json gives the same as data', async () => {
    const { code, out } = await selvedge(['lint', '--json', '-f', 'bad/payment.yaml'], folder);
    expect(code).toBe(1);
    const { files, issues } = JSON.parse(out);
    expect(files).toEqual(['bad/payment.yaml']);
    expect(issues).toContainEqual(
      expect.objectContaining({ line: 3, column: 9, path: 'versions.v1.wroker', severity: 'error' }),
    );
  });
});

describe('no control', () => {
  it('that is known exits 3 and says where it was sought', async () => {
    const { code, err } = await selvedge(['status'], folder);
    expect(err).toContain('selvedge dev');
    expect(code).toBe(3);
  });

  it('at the address that was given exits 3', async () => {
    const { code, out } = await selvedge(['status', '--json'], folder, {
      SELVEDGE_CONTROL: 'http://127.0.0.1:1',
      SELVEDGE_TOKEN: 't',
    });
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'unreachable' } });
    expect(code).toBe(3);
  });
});
