/** What a suite asks of the run: worlds to boot, and requests to send once they are there. */

import type { ProbeResult } from './gateway-api/run-gateway-case.ts';
import type { NotApplicable, SuiteName } from './score.ts';
import type { Journal } from './world/journal.ts';
import { entryName } from './world/mesh-under-test.ts';
import type { Entry, WorldToRun } from './world/plan-edges.ts';
import type { Destination } from './world/probe-client.ts';
import type { World } from './world/world.ts';

/** One case, ready to be run. */
export interface PlannedCase {
  readonly suite: SuiteName;
  readonly name: string;
  readonly feature: string;
  readonly worlds: readonly WorldToRun[];
  readonly probes: readonly PlannedProbe[];
  readonly notApplicable: readonly NotApplicable[];
}

export interface PlannedProbe {
  readonly name: string;
  readonly run: (surroundings: Surroundings) => Promise<ProbeResult>;
}

export interface Surroundings {
  readonly url: URL;
  readonly journal: Journal;
}

/** The way from the test to an entry of a world. */
export function destinationOf(world: World, entry: Entry, origin: string, url: URL): Destination {
  return { url, binding: entryName(world, entry), origin, kind: entry.kind === 'public' ? 'public' : 'mesh' };
}

/** Counts by reason. */
export function notApplicableOf(reasons: readonly string[]): NotApplicable[] {
  return [...new Set(reasons)].map((reason) => ({
    reason,
    requests: reasons.filter((one) => one === reason).length,
  }));
}
