/** How long certificates and the keys of authorities live. */
import type { KeySchedule } from '../keys/signing-keys.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** All in milliseconds. */
export interface CertificateSchedule {
  /** Life of an X509-SVID where nobody asks for another, and the longest that anybody gets. */
  readonly leafLifeMs: number;
  readonly longestLeafMs: number;
  readonly intermediateLifeMs: number;
  readonly rootLifeMs: number;
  /** How long a root signs. It is published for as long before, as the next one. */
  readonly rootRotationMs: number;
  /** The greatest age of a copy of the bundle by which somebody still verifies. */
  readonly bundleMaxAgeMs: number;
  /** How long an edge may rely on a verdict about a certificate; a revocation takes as long to be heeded everywhere. */
  readonly verdictMaxAgeMs: number;
  /** How far clocks may lie apart. */
  readonly skewMs: number;
}

export const defaultCertificateSchedule: CertificateSchedule = {
  leafLifeMs: day,
  longestLeafMs: 7 * day,
  intermediateLifeMs: 90 * day,
  rootLifeMs: 3652 * day,
  rootRotationMs: 1461 * day,
  bundleMaxAgeMs: day,
  verdictMaxAgeMs: 5 * minute,
  skewMs: 30_000,
};

/** Certificates count in whole seconds, so a life of less than two could be none. */
const leastTimes: CertificateSchedule = {
  leafLifeMs: 2000,
  longestLeafMs: 2000,
  intermediateLifeMs: 2000,
  rootLifeMs: 2000,
  rootRotationMs: 1,
  bundleMaxAgeMs: 1,
  verdictMaxAgeMs: 0,
  skewMs: 0,
};

/** The schedule that a deployment asks for, with defaults for what it leaves out; throws where a member makes no sense. */
export function certificateSchedule(given: Partial<CertificateSchedule> | undefined): CertificateSchedule {
  const schedule: Record<string, number> = {};
  for (const [name, least] of Object.entries(leastTimes)) {
    const key = name as keyof CertificateSchedule;
    const value: unknown = given?.[key] ?? defaultCertificateSchedule[key];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw new Error(
        `SCHEDULE.${name} is ${JSON.stringify(value)}; it must be a whole number of milliseconds, at least ${least}.`,
      );
    }
    schedule[name] = value;
  }
  const whole = schedule as unknown as CertificateSchedule;
  const conflict = conflictOf(whole);
  if (conflict !== undefined) throw new Error(`SCHEDULE: ${conflict}.`);
  return whole;
}

/** What signs has to live longer than what it signs, or certificates would be cut short without anybody asking for it. */
function conflictOf(schedule: CertificateSchedule): string | undefined {
  const { leafLifeMs, longestLeafMs, intermediateLifeMs, rootLifeMs, rootRotationMs } = schedule;
  if (leafLifeMs > longestLeafMs) return 'leafLifeMs is longer than longestLeafMs';
  if (intermediateLifeMs < 2 * longestLeafMs) return 'intermediateLifeMs is shorter than twice longestLeafMs';
  if (rootLifeMs < 2 * rootRotationMs + intermediateLifeMs) {
    return 'rootLifeMs is shorter than twice rootRotationMs and intermediateLifeMs together';
  }
  return undefined;
}

/** The life of roots in the words of `keys.ts`: their tokens are leaves, their JWKS is the bundle. */
export function rootKeySchedule(schedule: CertificateSchedule): KeySchedule {
  const { rootRotationMs, longestLeafMs, bundleMaxAgeMs, skewMs } = schedule;
  return { rotationMs: rootRotationMs, tokenLifeMs: longestLeafMs, jwksMaxAgeMs: bundleMaxAgeMs, skewMs };
}
