/** The processes that this one has started, ended with it. */
import { readFileSync } from 'node:fs';

/**
 * Kills every child process at once. miniflare takes its own handler of the process's end away before its disposal has killed workerd:
 * a process that ends in between would leave workerd running. Only Linux tells a process its children; elsewhere nothing happens.
 */
export function endChildren(): void {
  let children: string;
  try {
    children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  } catch {
    return;
  }
  for (const pid of children.trim().split(/\s+/).filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  }
}
