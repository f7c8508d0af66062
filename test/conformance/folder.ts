import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the cases lie: what was asked for, else SELVEDGE_CONFORMANCE, else `shared/conformance` beside the repository. */
export function conformanceFolder(asked: string | undefined): string {
  const beside = fileURLToPath(new URL('../../../shared/conformance', import.meta.url));
  return resolve(asked ?? process.env.SELVEDGE_CONFORMANCE ?? beside);
}
