/** What Workers log, as lines that say which service wrote them, and in which trace. */
import { readLogMark } from '../../../core/dev-log.ts';
import { paint } from '../../output.ts';
import type { SourceFrames } from './source-frames.ts';

/** A message of workerd as miniflare hands it on. */
export interface StructuredLog {
  readonly level: string;
  readonly message: string;
}

/** workerd's words where the code of a Worker fails while it starts. */
const startError = /^service core:user:([^:]+): ([\s\S]*)$/;

export interface WorkerLogOptions {
  readonly frames: SourceFrames;
  /** The folder of the bundle that runs, or is to run, under a deployed name; undefined for a Worker that is not the user's. */
  readonly folderOf: (name: string) => string | undefined;
}

/** One message as it is printed: `[service trace] text`, further lines set in. */
export function formatWorkerLog({ level, message }: StructuredLog, { frames, folderOf }: WorkerLogOptions): string {
  const failed = startError.exec(message);
  if (failed !== null) {
    const [, name, text] = failed as unknown as [string, string, string];
    return withPrefix(paint('red', `[${name}]`), `it does not start: ${frames.map(text, folderOf(name))}`);
  }
  const { mark, text } = readLogMark(message);
  const mapped = frames.map(text);
  if (mark === undefined) return coloured(level, mapped);
  const label = `[${[mark.service, mark.trace].filter((part) => part !== '').join(' ')}]`;
  if (mark.kind === 'uncaught') return withPrefix(paint('red', label), paint('red', `uncaught ${mapped}`));
  return withPrefix(
    paint(level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'cyan', label),
    coloured(level, mapped),
  );
}

/** The Worker whose code failed while it started, by its deployed name. */
export function failedStart(message: string): string | undefined {
  return startError.exec(message)?.[1];
}

function coloured(level: string, text: string): string {
  if (level === 'error') return paint('red', text);
  return level === 'warn' ? paint('yellow', text) : text;
}

/** The lines of one message stay together under their prefix. */
function withPrefix(prefix: string, text: string): string {
  return `${prefix} ${text.replace(/\n/g, '\n  ')}`;
}
