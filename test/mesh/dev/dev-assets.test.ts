/** Several Workers with assets in one mesh: each serves its own files, reached by its default entrypoint. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningMesh, startDev } from '../../../src/cli/dev/start.ts';

const config = (name: string, more: object) => JSON.stringify({ name, compatibility_date: '2026-04-21', ...more });
const files: Readonly<Record<string, string>> = {
  'one/wrangler.json': config('one', {
    main: 'index.js',
    assets: { directory: 'public', binding: 'ASSETS' },
    services: [{ binding: 'TWO', service: 'two' }],
  }),
  'one/index.js': `export default {
    async fetch(request, env) {
      const { pathname } = new URL(request.url);
      if (pathname === '/two') return env.TWO.fetch('http://two/');
      if (pathname === '/own') return env.ASSETS.fetch('http://one/index.html');
      return new Response('code of one');
    },
  };`,
  'one/public/index.html': 'page of one',
  'one/public/only-one.txt': 'only one',
  'two/wrangler.json': config('two', { main: 'index.js', assets: { directory: 'public' } }),
  'two/index.js': `export default { fetch: () => new Response('code of two') };`,
  'two/public/index.html': 'page of two',
  'three/wrangler.json': config('three', { assets: { directory: 'public' } }),
  'three/public/index.html': 'page of three',
};

let folder: string;
let mesh: RunningMesh;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-assets-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const configs = ['one', 'two', 'three'].map((name) => join(folder, name, 'wrangler.json'));
  mesh = await startDev({ configs, port: 0, persist: join(folder, 'state') });
});
afterAll(async () => {
  await mesh?.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each([
  { name: 'a file of the first', service: 'one', path: '/', text: 'page of one' },
  { name: 'a file that only the first has', service: 'one', path: '/only-one.txt', text: 'only one' },
  { name: 'the code of the first, where it has no file', service: 'one', path: '/elsewhere', text: 'code of one' },
  { name: 'its own files by its own binding', service: 'one', path: '/own', text: 'page of one' },
  { name: 'a file of the second, through the mesh', service: 'one', path: '/two', text: 'page of two' },
  { name: 'a file of the second', service: 'two', path: '/', text: 'page of two' },
  { name: 'no file of another', service: 'two', path: '/only-one.txt', text: 'code of two' },
  { name: 'a file of a Worker without code', service: 'three', path: '/', text: 'page of three' },
])('$name', async ({ service, path, text }) => {
  expect(await (await fetch(`${mesh.info.services[service]?.url}${path}`)).text()).toBe(text);
});
