/** Bundles a user's Worker for development: what wrangler would upload, and the files of which a change would make it another. */
import { rm } from 'node:fs/promises';
import { type Bundle, bundleInputs, bundleWorker } from '../../../derive/code/bundle.ts';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import { DerivationError } from '../../../derive/derivation-error.ts';
import { type CodeInputs, inputsOfTree, inputsOfWorker, readMetafile } from './code-inputs.ts';
import { wranglerReason } from './wrangler-reason.ts';

export interface UserCode {
  readonly bundle: Bundle;
  readonly inputs: CodeInputs;
  /** When the bundling began, in ms since the epoch: an input that was written later may not be in it. */
  readonly beganMs: number;
}

export interface UserCodeRequest {
  readonly environment?: string;
  /** A folder that no bundle has been in before: the one before it still runs while this one is made. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export async function bundleUser(read: ReadWorker, request: UserCodeRequest): Promise<UserCode> {
  const beganMs = Date.now();
  const metafile = `${request.folder}.metafile.json`;
  const wanted = { ...request, ...bundleInputs(read) };
  try {
    const bundle = await bundleWorker({ ...wanted, metafile });
    const inputs = await readMetafile(metafile, read.source.directory);
    return { bundle, inputs: await inputsOfWorker(read, inputs), beganMs };
  } catch (error) {
    if (!(error instanceof DerivationError)) throw error;
    if (!/unknown argument.*metafile/i.test(error.message))
      throw new DerivationError(`${read.source.name}: ${wranglerReason(error.message)}`);
    // An older wrangler of the user's cannot tell what it read, so everything below the Worker's folder counts.
    return { bundle: await bundleWorker(wanted), inputs: inputsOfTree(read), beganMs };
  } finally {
    await rm(metafile, { force: true });
  }
}

/** The folder of a bundle and what lies beside it. */
export async function removeCode(bundle: Bundle): Promise<void> {
  await rm(bundle.folder, { recursive: true, force: true });
}
