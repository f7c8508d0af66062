import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `parent` started and that still run. Linux only, as all of the benchmark. */
export function childProcesses(parent: number): number[] {
  const children: number[] = [];
  for (const task of readdirSync(`/proc/${parent}/task`)) {
    const list = readFileSync(`/proc/${parent}/task/${task}/children`, 'utf8').trim();
    if (list !== '') children.push(...list.split(' ').map(Number));
  }
  return children;
}

/**
 * CPU time of a whole process in microseconds: user and system, all threads. /proc/PID/stat counts in ticks of 10 ms, too
 * coarse for a slice of calls; schedstat has the same sum per thread in nanoseconds.
 */
export function processCpuMicros(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [onCpu] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    nanoseconds += Number(onCpu);
  }
  return nanoseconds / 1000;
}

/** Keeps all threads of a process on one core; answers whether that worked (it does not where there is no `taskset`). */
export function pinProcess(pid: number, core: number): boolean {
  try {
    execFileSync('taskset', ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
