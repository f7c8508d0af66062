/** What lint says of wrangler configs beside their documents: each way around an edge, its severity and its place. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lintConfigs } from '../../src/cli/lint/lint-configs.ts';
import { parseFile } from '../../src/model/reading/parse.ts';
import { writeRepository } from './odd-repository.ts';

const head = (name: string) => `name = "${name}"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n`;
let folder: string;
beforeAll(async () => {
  folder = await writeRepository({
    'shop.toml': `${head('shop')}workers_dev = false
# Two bindings.
[[services]]
binding = "PAY"
service = "pay"

[[services]]
binding = 'NEW' # quoted otherwise
service = "pay-v2"
`,
    'shop.json': `{ "name": "shop", "main": "index.js", "compatibility_date": "2026-04-21", "workers_dev": false,
  "services": [{ "binding": "PAY", "service": "pay" },
    { "binding": "NEW", "service": "pay-v2" }] }`,
    'pay.toml': `${head('pay')}routes = [\n  "pay.example/*",\n  "www.pay.example/*",\n]\n`,
    'pay-v2.toml': `${head('pay-v2')}workers_dev = false\n`,
    'asked.toml': `${head('pay')}workers_dev = true\n`,
    'edges.toml': `name = "edge"
main = "index.js"
compatibility_date = "2026-04-21"
[env.pay]
name = "pay-edge"
services = [{ binding = "UPSTREAM_0", service = "pay" }]
[env.pay.vars]
SERVICES = ["pay"]
UPSTREAMS = { default = { pay = { binding = "UPSTREAM_0", runtime = true } } }
`,
    'staging.toml': `${head('shop')}workers_dev = false
services = [{ binding = "NEW", service = "elsewhere" }]
[env.staging]
services = [
  { binding = "OTHER", service = "other" },
  { binding = "NEW", service = "pay-v2-staging" },
]
`,
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pay = (more: string) => `service: pay
versions: { v1: { worker: pay }, v2: { worker: pay-v2 } }
routes: [{ name: default, backends: [{ version: v1 }] }]
${more}`;
const hosts = 'public: { hosts: [pay.example, www.pay.example] }\n';

async function lint(configs: readonly string[], text: string, environment?: string): Promise<string[]> {
  const parsed = parseFile(text, 'pay.yaml');
  const paths = configs.map((config) => join(folder, config));
  const { issues } = await lintConfigs(paths, parsed.ok ? parsed.documents : [], environment);
  return issues.map(
    ({ file, line, column, severity, code, path }) =>
      `${file.slice(folder.length + 1)}:${line}:${column} ${severity} ${code} ${path}`,
  );
}

describe('a repository whose bindings the derivation will rewrite', () => {
  test.each([
    {
      name: 'a binding to a service is no way around its edge, one to a version of it is',
      configs: ['shop.toml', 'pay-v2.toml'],
      text: pay(''),
      found: ['shop.toml:11:11 warning SV0115 services[1]'],
    },
    {
      name: 'it is an error where the document is strict',
      configs: ['shop.json', 'pay-v2.toml'],
      text: pay('access: { mode: strict }\n'),
      found: ['shop.json:3:5 error SV0115 services[1]'],
    },
    {
      name: "and where the mesh's defaults make it so",
      configs: ['shop.json', 'pay-v2.toml'],
      text: `${pay('')}\n---\nmesh: shop\ndefaults: { access: { mode: strict } }\n`,
      found: ['shop.json:3:5 error SV0115 services[1]'],
    },
    {
      name: 'of an environment, the section of its own is shown',
      configs: ['staging.toml'],
      text: pay(''),
      environment: 'staging',
      found: ['staging.toml:9:15 warning SV0115 services[1]'],
    },
    { name: 'routes whose hosts the document lists', configs: ['pay.toml'], text: pay(hosts), found: [] },
    {
      name: 'a route whose host it does not list',
      configs: ['pay.toml'],
      text: pay('public: { hosts: [pay.example] }\n'),
      found: ['pay.toml:6:3 warning SV0119 routes[1]'],
    },
    {
      name: 'an address on workers.dev that is asked for',
      configs: ['asked.toml'],
      text: pay(hosts),
      found: ['asked.toml:4:1 warning SV0119 workers_dev'],
    },
    {
      name: 'addresses that the document leaves with the Worker',
      configs: ['pay.toml'],
      text: pay('public: { via: worker }\n'),
      found: [],
    },
    {
      name: 'but not where it is strict: the Worker would refuse those calls',
      configs: ['pay.toml'],
      text: pay('public: { via: worker }\naccess: { mode: strict }\n'),
      found: ['pay.toml:5:3 error SV0120 routes[0]'],
    },
  ])('$name', async ({ configs, text, environment, found }) => {
    expect(await lint(configs, text, environment)).toEqual(found);
  });
});

test('beside edges that a config describes itself, every direct binding and every public address is named', async () => {
  expect(await lint(['edges.toml', 'shop.toml', 'pay.toml'], pay(hosts))).toEqual([
    'shop.toml:7:11 warning SV0114 services[0]',
    'shop.toml:11:11 warning SV0115 services[1]',
    'pay.toml:5:3 warning SV0119 routes[0]',
    'pay.toml:6:3 warning SV0119 routes[1]',
  ]);
});
