/** Three Workers of somebody, and a gateway without one, with all that a deployment must carry over, and what an account says of itself as plain data. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Account } from './account/account.ts';

const files: Readonly<Record<string, string>> = {
  'shop/wrangler.toml': `name = "shop"
main = "index.js"
compatibility_date = "2026-04-21"
compatibility_flags = ["nodejs_compat"]
workers_dev = true
routes = ["example.com/api/*", { pattern = "www.example.com", custom_domain = true }]
services = [
  { binding = "PAY", service = "pay", entrypoint = "Door", props = { tier = "gold" } },
  { binding = "PLAIN", service = "pay" },
]
[vars]
STAGE = "live"
[triggers]
crons = ["0 3 * * *"]
`,
  'shop/index.js': `export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/plain')) return env.PLAIN.fetch(request);
    return Response.json({ paid: await env.PAY.charge(5), stage: env.STAGE, secret: env.KEY });
  },
  scheduled() {},
};
`,
  'pay/wrangler.json': JSON.stringify({
    name: 'pay',
    main: 'index.js',
    compatibility_date: '2026-04-21',
    workers_dev: false,
    observability: { enabled: true },
    durable_objects: { bindings: [{ name: 'LEDGER', class_name: 'Ledger' }] },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['Ledger'] }],
  }),
  'pay/index.js': `import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
export class Ledger extends DurableObject {
  async add(amount) {
    const sum = ((await this.ctx.storage.get('sum')) ?? 0) + amount;
    await this.ctx.storage.put('sum', sum);
    return sum;
  }
}
export class Door extends WorkerEntrypoint {
  async charge(amount) { return { sum: await this.env.LEDGER.getByName('all').add(amount), props: this.ctx.props }; }
}
export default { fetch: () => new Response('pay itself') };
`,
  'site/wrangler.jsonc': JSON.stringify({
    name: 'site',
    main: 'index.js',
    compatibility_date: '2026-04-21',
    assets: { directory: './public' },
    routes: ['static.example.com/*'],
    services: [{ binding: 'SHOP', service: 'shop' }],
  }),
  'site/index.js': `export default { fetch: (request, env) => env.SHOP.fetch(request) };\n`,
  'site/public/index.html': '<h1>site</h1>\n',
  // A gateway: no config has its name.
  'documents/gate.yaml': `service: gate
public: { hosts: [gate.example.com, "*.gate.example.com"] }
routes: [{ name: all, backends: [{ service: pay }] }]
`,
  'documents/pay.yaml': `service: pay
versions: { v1: { worker: pay } }
access:
  mode: strict
  rules: [{ action: allow, from: { principals: [declared] } }]
`,
};

export const configs = ['pay/wrangler.json', 'shop/wrangler.toml', 'site/wrangler.jsonc'];

export async function writeApp(folder: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** What a Worker is, without what changes from upload to upload. */
export function accountAsItIs({ state }: Account) {
  const scripts = Object.values(state.scripts).map((script) => {
    const { compatibility_date, compatibility_flags, main_module, observability } = script.metadata;
    return {
      name: script.name,
      bindings: script.bindings,
      modules: script.modules.map(({ name, type, contents }) => [name, type, contents.toString()]),
      metadata: { compatibility_date, compatibility_flags, main_module, observability },
      subdomain: script.subdomain,
      schedules: script.schedules,
      classes: script.classes,
      migrationTag: script.migrationTag,
      assets: script.assets?.manifest,
      secrets: script.secrets,
      tags: script.tags,
    };
  });
  return {
    scripts: scripts.sort((one, other) => (one.name < other.name ? -1 : 1)),
    routes: state.routes.map(({ pattern, script }) => `${pattern} ${script}`).sort(),
    domains: state.domains.map(({ hostname, service }) => `${hostname} ${service}`).sort(),
    kv: Object.values(state.kv).map(({ title }) => title),
  };
}
