/** Rows of tables as probes that need no world. */
import type { ProbeResult } from '../../gateway-api/run-gateway-case.ts';
import type { PlannedProbe } from '../../suite.ts';

/** A row that is judged here and now; each finding is one line. */
export function row(name: string, findings: () => readonly string[]): PlannedProbe {
  return { name, run: async () => verdictOf(name, findings()) };
}

export function verdictOf(name: string, findings: readonly string[]): ProbeResult {
  return { name, official: findings.length === 0, strict: findings.length === 0, findings };
}

/** Nothing where two values are alike as JSON. */
export function unlike(got: unknown, wanted: unknown): string[] {
  const [its, others] = [JSON.stringify(got) ?? 'nothing', JSON.stringify(wanted) ?? 'nothing'];
  return its === others ? [] : [`${its}, expected ${others}`];
}
