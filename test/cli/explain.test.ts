/** `selvedge explain` from files: what it prints, and how it ends. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selvedgeInProcess } from './in-process.ts';

let folder: string;
const run = (...args: string[]) => selvedgeInProcess(['explain', ...args], folder);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-explain-'));
  await mkdir(join(folder, 'config'));
  await writeFile(
    join(folder, 'config/shop.yaml'),
    `service: shop
public: { hosts: [shop.example.com] }
routes:
  - name: testers
    matches: [{ cookies: [{ name: user, value: tester }] }]
    filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /test } } }]
    backends: [{ service: orders }]
  - { name: orders, matches: [{ path: { value: /orders } }], backends: [{ service: orders, weight: 3 }, { service: orders-next }] }
---
mesh: shop
trustDomain: shop.example
`,
  );
  await writeFile(
    join(folder, 'guarded.yaml'),
    `service: payment
public: { hosts: [pay.example.com] }
versions: { v1: { worker: payment } }
access: { rules: [{ name: admins, dryRun: true, action: allow, when: [{ key: "request.auth.claims[role]", values: [admin] }] }] }
---
mesh: shop
defaults:
  access:
    mode: strict
    rules: [{ name: office, action: deny, from: { ipBlocks: [10.0.0.0/8] }, during: { days: [Mon] } }]
`,
  );
  await writeFile(join(folder, 'broken.yaml'), 'service: shop\nversions: { v1: { wroker: shop } }\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('explain from files', () => {
  it('prints route, filters, backends and what is sent', async () => {
    const { code, out } = await run('https://shop.example.com/a?b=1', '-H', 'cookie: user=tester', '-f', 'config');
    expect(code).toBe(0);
    expect(out).toMatch(/service +shop +revision [0-9a-f]{12}\n/);
    expect(out).toMatch(/caller +anonymous, from outside\n/);
    expect(out).toMatch(/route +testers, match 1: cookie user: tester\n/);
    expect(out).toMatch(/url-rewrite +path \/test\n/);
    expect(out).toMatch(/orders is asked: GET https:\/\/shop\.example\.com\/test\?b=1\n/);
  });

  it('prints shares, and what was passed over', async () => {
    const { out } = await run('https://shop.example.com/orders/7', '-f', 'config');
    expect(out).toMatch(/orders +75 % +weight 3\n/);
    expect(out).toMatch(/orders-next +25 % +weight 1\n/);
    expect(out).toMatch(/passed over\n +testers +match 1: not cookie user: tester/);
  });

  it('prints what the edge answers where no route matches', async () => {
    const { code, out } = await run('https://shop.example.com/', '-f', 'config');
    expect(code).toBe(0);
    expect(out).toMatch(/route +none\n/);
    expect(out).toMatch(/answer +404 no_route/);
  });

  it('prints who calls for whom, and why the access rules decide as they do', async () => {
    const { code, out } = await run(
      'https://pay.example.com/reports',
      '--user',
      'https://issuer.example/ann',
      '--claims',
      '{"role":["viewer"]}',
      '--ip',
      '10.1.2.3',
      '--at',
      '2026-06-01T12:00:00Z',
      '-f',
      'guarded.yaml',
    );
    expect(code).toBe(0);
    expect(out).toMatch(/caller +anonymous, from outside\n/);
    expect(out).toMatch(/end user +https:\/\/issuer\.example\/ann\n/);
    expect(out).toMatch(/access +denied: by the deny rule mesh\/office, strict\n/);
    expect(out).toMatch(/access rules, in the order of decision\n +deny +mesh\/office +matches +of the mesh\n/);
    expect(out).toMatch(/allow +admins +does not hold: request\.auth\.claims\[role\] is admin +dry run\n/);
  });

  it.each([
    ['--at', 'tomorrow'],
    ['--user', 'ann'],
    ['--claims', '[]'],
  ])('%s %s is a wrong command line', async (...args) => {
    expect(await run('http://shop/', ...args, '-f', 'config')).toMatchObject({ code: 2 });
  });

  it.each([
    [
      'a host that is nobody’s',
      ['https://other.example.com/', '-f', 'config'],
      1,
      /no service is public under this host/,
    ],
    [
      'a service that is none',
      ['http://x/', '--service', 'x', '-f', 'config'],
      1,
      /no document of a service "x"; there are shop/,
    ],
    ['documents that are malformed', ['http://shop/', '-f', 'broken.yaml'], 1, /broken\.yaml:2:\d+.*worker/],
    ['no URL', ['-f', 'config'], 2, /name one URL/],
    ['a URL that is none', ['shop', '-f', 'config'], 2, /no absolute http or https URL/],
    ['a header that is none', ['http://shop/', '-H', 'x', '-f', 'config'], 2, /-H takes "name: value"/],
    ['RPC without a caller', ['--rpc', 'charge', '--service', 'shop', '-f', 'config'], 2, /--caller/],
  ] as const)('says what is wrong with %s', async (_what, args, code, words) => {
    const ended = await run(...args);
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(words)]);
  });
});
