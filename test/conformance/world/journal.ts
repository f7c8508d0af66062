import { setTimeout as sleep } from 'node:timers/promises';

/** One request that a backend saw. */
export interface Arrival {
  /** The Deployment that saw it. */
  readonly workload: string;
  /** The service that the Deployment belongs to; `''` where a suite does not say. */
  readonly service: string;
  readonly path: string;
}

/** Header by which backends tell the requests of one probe from those of all others. Mirrored copies carry it too. */
export const probeHeader = 'x-probe';

/** How long no further copy of a request may arrive before what has arrived counts as all of it. */
const quietMs = 400;
const pollMs = 50;

/** What the backends of a run have seen, by probe: the only witness of mirrored copies and of requests that nobody should have got. */
export class Journal {
  readonly #arrivals = new Map<string, Arrival[]>();

  record(probe: string, arrival: Arrival): void {
    const known = this.#arrivals.get(probe);
    if (known === undefined) this.#arrivals.set(probe, [arrival]);
    else known.push(arrival);
  }

  arrivals(probe: string): readonly Arrival[] {
    return this.#arrivals.get(probe) ?? [];
  }

  /** Waits until `isEnough` holds, at most so long; the copies of a mirror come when they come. */
  async until(probe: string, isEnough: (arrivals: readonly Arrival[]) => boolean, mostMs: number): Promise<boolean> {
    const end = Date.now() + mostMs;
    while (!isEnough(this.arrivals(probe))) {
      if (Date.now() >= end) return false;
      await sleep(pollMs);
    }
    return true;
  }

  /** Everything that arrives for a probe, once nothing has come for a while. */
  async settled(probe: string): Promise<readonly Arrival[]> {
    let count = -1;
    for (let quiet = 0; quiet < quietMs; quiet += pollMs) {
      const now = this.arrivals(probe).length;
      if (now !== count) quiet = 0;
      count = now;
      await sleep(pollMs);
    }
    return this.arrivals(probe);
  }
}
