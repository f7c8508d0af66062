/** `selvedge access` from files: the summary, the table, one service, one caller, and a mesh too wide for a table. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selvedgeInProcess } from './in-process.ts';

let folder: string;
const run = (...args: string[]) => selvedgeInProcess(['access', ...args], folder);

const wrangler = (name: string, services: readonly string[]) =>
  JSON.stringify({
    name,
    main: 'index.js',
    compatibility_date: '2026-04-21',
    services: services.map((service) => ({ binding: service.toUpperCase(), service })),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-access-'));
  for (const [name, services] of [
    ['orders', ['payment', 'stock']],
    ['cart', ['payment']],
    ['payment', []],
    ['stock', []],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'wrangler.json'), wrangler(name, services));
    await writeFile(join(folder, name, 'index.js'), 'export default { fetch: () => new Response() };');
  }
  await mkdir(join(folder, 'docs'));
  await writeFile(
    join(folder, 'docs/all.yaml'),
    `mesh: shop
trustDomain: shop.example
defaults: { access: { rules: [{ name: no-deletes, action: deny, to: { methods: [DELETE], rpc: [drop] } }] } }
---
service: payment
versions: { v1: { worker: payment } }
access:
  mode: strict
  rules:
    - { name: charge, action: allow, from: { principals: [orders] }, to: { methods: [POST], paths: [/charge] } }
    - { name: watch, action: audit, from: { principals: [orders] } }
    - { name: later, action: deny, dryRun: true, from: { principals: [orders] } }
---
service: stock
public: { hosts: [stock.example.com] }
versions: { v1: { worker: stock } }
access: { inherit: false }
---
service: orders
versions: { v1: { worker: orders } }
---
service: cart
versions: { v1: { worker: cart } }
`,
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('access', () => {
  it('sums up, then shows every caller beside every service', async () => {
    const { code, out } = await run('-f', 'docs');
    expect(code).toBe(0);
    expect(out).toMatch(/^4 services, 5 callers\n/);
    expect(out).toMatch(/open to the outside +stock\n/);
    expect(out).toMatch(/shut out though bound +cart -> payment\n/);
    expect(out).toMatch(/dry run would change +orders -> payment from some to none\n/);
    expect(out).toMatch(/without the mesh's rules +stock\n/);
    expect(out).toMatch(/CALLER +cart +orders +payment +stock\n/);
    expect(out).toMatch(/\ncart +\(some\) +\(some\) +none +\(all\)\n/);
    expect(out).toMatch(/\norders +\(some\) +\(some\) +some>none! +all\n/);
    expect(out).toMatch(/\noutside +none +none +none +all\n/);
  });

  it('shows the rules of one service, and what decides for each caller', async () => {
    const { out } = await run('payment', '-f', 'docs');
    expect(out).toMatch(/^payment\n +mode +strict, by its own document\n/);
    expect(out).toMatch(/deny mesh\/no-deletes: everybody; method DELETE, RPC method drop +of the mesh's document\n/);
    expect(out).toMatch(/allow charge: caller orders; method POST, path \/charge\n/);
    expect(out).toMatch(/deny later: caller orders; everything +dry run\n/);
    expect(out).toMatch(
      / +orders +some +RPC none; method POST, path \/charge \(charge\); refused: method DELETE; or RPC method drop \(mesh\/no-deletes\); audited: watch; none if later counted\n/,
    );
    expect(out).toMatch(/cart, payment, stock +none +no allow rule matches\n/);
    expect(out).toMatch(/outside +none +not public\n/);
  });

  it('shows one caller at every service', async () => {
    const { out } = await run('--caller', 'orders', '-f', 'docs');
    expect(out).toMatch(/^SERVICE +CALLS +WHY\n/);
    expect(out).toMatch(/stock +all +bound +no rule says otherwise\n/);
    expect(out).toMatch(/cart +some +all else; refused: method DELETE/);
  });

  it('--json gives the map and the summary as data', async () => {
    const { out } = await run('payment', '--caller', 'orders', '--json', '-f', 'docs');
    expect(JSON.parse(out)).toMatchObject({
      summary: { shutOut: [] },
      services: [
        {
          service: 'payment',
          cells: [{ callers: ['orders'], verdict: 'some', shadow: { verdict: 'none', rules: ['later'] } }],
        },
      ],
    });
  });

  it('says which service or caller may be meant', async () => {
    expect(await run('paymant', '-f', 'docs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean payment?'),
    });
    expect(await run('--caller', 'order', '-f', 'docs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('did you mean orders?'),
    });
  });

  it('gives each service a line where they are many', async () => {
    const many = Array.from(
      { length: 300 },
      (_, index) => `service: s${index}\nversions: { v1: { worker: s${index} } }`,
    );
    many[7] += '\naccess: { rules: [{ action: allow, from: { services: ["s1*"] } }] }';
    await writeFile(join(folder, 'many.yaml'), many.join('\n---\n'));
    const { code, out } = await run('-f', 'many.yaml');
    expect(code).toBe(0);
    // The Workers of the folder are services without a document.
    expect(out).toMatch(/^304 services, 305 callers\n/);
    expect(out).toMatch(/without a document +cart, orders, payment, stock\n/);
    expect(out).toMatch(/\ns7 +permissive +s1, s10, s100, s101, s102, s103, s104, s105 and 103 more +194\n/);
    expect(out.split('\n').every((line) => line.length < 400)).toBe(true);
  });
});
