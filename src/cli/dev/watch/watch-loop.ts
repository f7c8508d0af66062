/** Looks at the watched files again and again, and hands changes on, one set after the other. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchedFiles } from './watched-files.ts';

/** The pause between two looks; looking takes a twentieth of the time at most, whatever the number of files. */
const pauseMs = 150;
const shareOfTime = 20;

/** A tool writes several files in a row: a change is handed on when nothing else has changed for so long, or after `settleBoundMs`. */
const settleMs = 50;
const settleBoundMs = 1000;

/**
 * Polls until the signal. Polling sees what every editor does (a file renamed over another, a folder that appears later), on every file system.
 * While `onChange` works nobody looks; what has changed meanwhile is seen at the next look, since states are compared, not events.
 */
export async function watchFiles(
  files: WatchedFiles,
  signal: AbortSignal,
  onChange: (topics: ReadonlySet<string>) => Promise<void>,
): Promise<void> {
  let pause = pauseMs;
  while (!signal.aborted) {
    await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    const began = performance.now();
    const topics = new Set(await files.changed());
    const tookMs = performance.now() - began;
    pause = Math.max(pauseMs, tookMs * shareOfTime);
    if (topics.size === 0) continue;
    for (let waited = 0; waited < settleBoundMs && !signal.aborted; waited += settleMs + tookMs) {
      await sleep(settleMs);
      const more = await files.changed();
      if (more.size === 0) break;
      for (const topic of more) topics.add(topic);
    }
    if (!signal.aborted) await onChange(topics);
  }
}
