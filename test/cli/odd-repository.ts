/** A repository with every odd thing that configs in the wild have, as files by path. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const config = (name: string, more = '') =>
  `name = "${name}"\nmain = "index.js"\ncompatibility_date = "2026-04-21"\n${more}`;
const code = 'export default { fetch: () => new Response("ok") };\n';

export const oddRepository: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "odd" }',
  '.gitignore': 'generated/\n*.local.toml\nwrangler.toml\n!keep.local.toml\n',
  'apps/web/wrangler.jsonc': `{
  // The front.
  "name": "web", "main": "index.js", "compatibility_date": "2026-11-01",
  "routes": [{ "pattern": "Shop.example.com", "custom_domain": true }, "https://shop.example.com/x/*"],
  "services": [
    { "binding": "ADMIN", "service": "api", "entrypoint": "Admin", "props": { "a": 1 } },
    { "binding": "API", "service": "api" },
    { "binding": "get", "service": "far-away" },
    { "binding": "SELF", "service": "web" },
    { "binding": "odd-name", "service": "side" },
  ],
  "durable_objects": { "bindings": [
    { "name": "ROOM", "class_name": "Room", "script_name": "api" },
    { "name": "OWN", "class_name": "Own", "script_name": "web" },
  ] },
  "queues": { "producers": [{ "queue": "jobs", "binding": "JOBS" }, { "queue": "lost", "binding": "LOST" }] },
  "workflows": [{ "binding": "FLOW", "name": "flow", "class_name": "Flow", "script_name": "api" }],
  "dispatch_namespaces": [{ "binding": "DISPATCH", "namespace": "customers" }],
  "tail_consumers": [{ "service": "tailer" }],
}`,
  'apps/web/side.wrangler.toml': config('side'),
  'apps/api/wrangler.toml': config(
    'api',
    `workers_dev = false
services = [{ binding = "WEB", service = "web", remote = true }]
[[queues.consumers]]
queue = "jobs"
[env.staging]
name = "api-stage"
routes = ["stage.example.com/*"]
[[env.staging.services]]
binding = "FRONT"
service = "web-staging"
`,
  ),
  'apps/api/wrangler.production.toml': config('api'),
  'apps/both/wrangler.json': '{ "name": "both", "main": "index.js", "compatibility_date": "2026-04-21" }',
  'apps/both/wrangler.toml': config('both-toml'),
  'apps/both/my.local.toml': config('local'),
  'apps/both/keep.local.toml': config('kept', 'workers_dev = true\n'),
  'apps/wild/wrangler.toml': config('wild', 'route = "*.wild.example/*"\n'),
  'apps/pages/wrangler.toml': 'name = "pages"\npages_build_output_dir = "public"\n',
  'apps/cut/wrangler.toml': 'name = "cut',
  'apps/shout/wrangler.toml': config('Shout It'),
  'apps/wrong/wrangler.toml': config('wrong', 'services = "many"\n'),
  'apps/nameless/wrangler.toml': 'main = "index.js"\ncompatibility_date = "2026-04-21"\n',
  'apps/built/wrangler.toml': config('built'),
  'apps/built/.wrangler/deploy/config.json': '{ "configPath": "../../output/wrangler.json" }',
  'apps/built/output/wrangler.json': JSON.stringify({
    name: 'built',
    topLevelName: 'built',
    main: 'index.js',
    compatibility_date: '2026-04-21',
  }),
  'apps/built/output/index.js': code,
  'apps/built/dist/wrangler.json': '{ "name": "in-output", "main": "index.js", "compatibility_date": "2026-04-21" }',
  'packages/build/wrangler.toml': config('builder'),
  'packages/[slug]/wrangler.toml': config('mesh'),
  'packages/true/wrangler.toml': config('true'),
  'packages/true/manifest.json': '{ "name": "x", "main": "y", "version": "1" }',
  'packages/true/Cargo.toml': '[package]\nname = "crate"\n',
  'packages/true/tsconfig.json': '{ "note": "compatibility_date", "name": "x" }',
  'node_modules/dependency/wrangler.toml': config('dependency'),
  '.hidden/wrangler.toml': config('hidden'),
  'generated/wrangler.toml': config('generated'),
  'mesh-output/deployment.json': '{ "registry": { "name": "r", "id": "1" }, "workers": [] }',
  'mesh-output/web/wrangler.json': '{ "name": "web", "main": "index.js", "compatibility_date": "2026-04-21" }',
};

/** Writes files, and an entry beside each config that names one, into a new folder. */
export async function writeRepository(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-repository-'));
  const entries = Object.entries(files)
    .filter(([path, text]) => /\.(?:toml|jsonc?)$/.test(path) && text.includes('index.js'))
    .map(([path]) => [join(dirname(path), 'index.js'), code] as const);
  for (const [path, text] of [...entries, ...Object.entries(files)]) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}
