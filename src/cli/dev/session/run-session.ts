/** The life of a mesh that a person has started: ready, its session file, and its end by Ctrl-C. */

import type { RunningMesh } from '../start.ts';
import { endChildren } from './end-children.ts';
import { refuseSecondSession, removeSession, writeSession } from './session-file.ts';
import { untilStopSignal } from './signals.ts';

/** Ending takes less than 2 s, whatever still runs. */
const stopBoundMs = 1500;

/** Runs a mesh until SIGINT or SIGTERM, then ends this process with code 0. Rejects only where the start fails by itself. */
export async function runSession(
  start: (signal: AbortSignal) => Promise<RunningMesh>,
  onReady: (mesh: RunningMesh) => void,
): Promise<never> {
  process.on('exit', endChildren);
  const abort = new AbortController();
  const stopped = untilStopSignal().then(() => {
    abort.abort();
    setTimeout(() => process.exit(0), stopBoundMs).unref();
  });
  await refuseSecondSession();
  const mesh = await start(abort.signal).catch((cause) => {
    if (!abort.signal.aborted) throw cause;
  });
  if (mesh !== undefined && !abort.signal.aborted) {
    const session = await writeSession(mesh.info).catch(async (cause) => {
      await mesh.stop();
      throw cause;
    });
    // However the process ends: the bound of its ending may come before everything else has ended.
    process.on('exit', () => removeSession(session));
    onReady(mesh);
    await stopped;
  }
  await mesh?.stop();
  process.exit(0);
}
