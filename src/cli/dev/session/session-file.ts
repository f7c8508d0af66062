/** `.selvedge/dev.json`: how the other commands find the mesh that `selvedge dev` runs in this folder. */
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CliFailure, exitCode } from '../../failure.ts';
import type { ReadyInfo } from '../mesh/mesh-host.ts';

interface Session {
  readonly control: string;
  readonly gateway: string;
  readonly pid: number;
}

function sessionPath(directory: string): string {
  return resolve(join(directory, '.selvedge/dev.json'));
}

/** Fails where a mesh already runs in this folder: the other commands could not tell the two apart. */
export async function refuseSecondSession(directory = process.cwd()): Promise<void> {
  const path = sessionPath(directory);
  const session = await readSession(path);
  if (session === undefined || session.pid === process.pid || !(await isRunning(session))) return;
  throw new CliFailure(
    'already_running',
    `a mesh runs in this folder already: process ${session.pid}, ${session.gateway}; end that one first, or start this one in another folder`,
    exitCode.findings,
  );
}

/** Written with mode 0600, because it holds the token. Returns the path. */
export async function writeSession(
  { control, identity, token, gateway }: ReadyInfo,
  directory = process.cwd(),
): Promise<string> {
  const path = sessionPath(directory);
  // Another mesh may have become ready while this one was starting.
  await refuseSecondSession(directory);
  await mkdir(dirname(path), { recursive: true });
  // A file of an earlier run keeps its mode when it is overwritten, so it goes first.
  await rm(path, { force: true });
  await writeFile(path, `${JSON.stringify({ control, identity, token, gateway, pid: process.pid }, null, 2)}\n`, {
    mode: 0o600,
  });
  return path;
}

/** Removes the file, unless another mesh has taken it over. Synchronous, so that it can be done while the process exits. */
export function removeSession(path: string): void {
  try {
    if ((JSON.parse(readFileSync(path, 'utf8')) as Partial<Session>).pid === process.pid) rmSync(path, { force: true });
  } catch {
    // It is gone already, or is no session of ours.
  }
}

async function readSession(path: string): Promise<Session | undefined> {
  try {
    const read = JSON.parse(await readFile(path, 'utf8')) as Partial<Session> | null;
    return typeof read?.pid === 'number' && typeof read.control === 'string' ? (read as Session) : undefined;
  } catch {
    // No file, or one that a process left half written when it died.
    return undefined;
  }
}

/** A process number may belong to another program by now, so control must answer as well. */
async function isRunning({ pid, control }: Session): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return fetch(`${control}/api/status`, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => answer.body?.cancel().then(() => true) ?? true,
    () => false,
  );
}
