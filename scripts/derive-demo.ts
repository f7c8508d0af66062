/** Writes the environments of the root wrangler.toml: what the derivation yields for the demo shop. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderWranglerToml } from '../src/derive/derived/wrangler-toml.ts';
import { demoPlan } from './shop/plan.ts';

const path = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
await writeFile(path, renderWranglerToml(await readFile(path, 'utf8'), await demoPlan()));
