/**
 * The life of signing keys, as a pure state machine: next -> active -> retiring -> gone.
 *
 * A key is published in the JWKS before it signs, for at least as long as a copy of the JWKS may be used, and stays there until
 * the last token it signed has expired. So a token verifies at every instant of its life by every copy of permitted age,
 * whatever the schedule of rotations. The very first key signs at once, because no JWKS was ever served without it.
 */

/** All in milliseconds. */
export interface KeySchedule {
  /** How long a key signs; the next one takes over later only where it has not been published long enough. */
  readonly rotationMs: number;
  readonly tokenLifeMs: number;
  /** The greatest age of a copy of the JWKS by which somebody still verifies. */
  readonly jwksMaxAgeMs: number;
  /** How far clocks may lie apart. */
  readonly skewMs: number;
}

export const defaultKeySchedule: KeySchedule = {
  rotationMs: 24 * 60 * 60_000,
  tokenLifeMs: 10 * 60_000,
  jwksMaxAgeMs: 5 * 60_000,
  skewMs: 30_000,
};

/** The schedule that a deployment asks for, with defaults for what it leaves out; throws where a member is no sensible time. */
export function keySchedule(given: Partial<KeySchedule> | undefined): KeySchedule {
  const schedule = { ...defaultKeySchedule, ...given };
  for (const [name, least] of Object.entries(leastTimes)) {
    const value: unknown = schedule[name as keyof KeySchedule];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw new Error(
        `SCHEDULE.${name} is ${JSON.stringify(value)}; it must be a whole number of milliseconds, at least ${least}.`,
      );
    }
  }
  return schedule;
}

/** Tokens count in whole seconds, rounded down, so a life of less than two could be none. */
const leastTimes: KeySchedule = { rotationMs: 1, tokenLifeMs: 2000, jwksMaxAgeMs: 1, skewMs: 0 };

/** A key that is `gone` is no longer in the ring. */
export type SigningKey =
  | { readonly kid: string; readonly state: 'next'; readonly publishedAtMs: number }
  | { readonly kid: string; readonly state: 'active'; readonly rotateAtMs: number }
  | { readonly kid: string; readonly state: 'retiring'; readonly goneAtMs: number };

/** Every key here is published. There is at most one `next` and, but for the time until the first key is there, exactly one `active`. */
export type KeyRing = readonly SigningKey[];

export type KeyEvent =
  /** Time has passed. */
  | { readonly kind: 'tick' }
  /** Somebody made a key pair because `needsKey` asked for one; ignored where none is needed any more. */
  | { readonly kind: 'created'; readonly kid: string }
  /** An operator wants another key to sign as soon as that breaks no verification. */
  | { readonly kind: 'rotate' }
  /** A key is no longer to be believed: it goes at once, whatever that breaks, and the next one signs at once. */
  | { readonly kind: 'revoked'; readonly kid: string };

/** The one transition function. Time that has passed is taken account of before any event. */
export function stepKeys(ring: KeyRing, event: KeyEvent, nowMs: number, schedule: KeySchedule): KeyRing {
  const current = afterTime(ring, nowMs, schedule);
  if (event.kind === 'created') {
    if (!needsKey(current) || current.some((key) => key.kid === event.kid)) return current;
    return activeKey(current) === undefined
      ? [...current, { kid: event.kid, state: 'active', rotateAtMs: nowMs + schedule.rotationMs }]
      : [...current, { kid: event.kid, state: 'next', publishedAtMs: nowMs }];
  }
  if (event.kind === 'rotate') {
    const wanted = current.map((key) =>
      key.state === 'active' && key.rotateAtMs > nowMs ? { ...key, rotateAtMs: nowMs } : key,
    );
    return afterTime(wanted, nowMs, schedule);
  }
  return event.kind === 'revoked' ? without(current, event.kid, nowMs, schedule) : current;
}

function without(ring: KeyRing, kid: string, nowMs: number, schedule: KeySchedule): KeyRing {
  const gone = ring.find((key) => key.kid === kid);
  if (gone === undefined) return ring;
  const kept = ring.filter((key) => key !== gone);
  if (gone.state !== 'active') return kept;
  return kept.map((key) =>
    key.state === 'next' ? { kid: key.kid, state: 'active', rotateAtMs: nowMs + schedule.rotationMs } : key,
  );
}

/** The key that signs now. */
export function activeKey(ring: KeyRing): SigningKey | undefined {
  return ring.find((key) => key.state === 'active');
}

/** Whether a key pair has to be made: for an empty ring, and as soon as the last `next` has begun to sign. */
export function needsKey(ring: KeyRing): boolean {
  return !ring.some((key) => key.state === 'next');
}

/** The next instant at which a tick (or a `created`) is due; at most `nowMs` if it is due already. */
export function nextKeyEventMs(ring: KeyRing, nowMs: number, schedule: KeySchedule): number {
  const next = ring.find((key) => key.state === 'next');
  if (next === undefined) return nowMs;
  let due = Infinity;
  for (const key of ring) {
    if (key.state === 'active') due = Math.min(due, Math.max(key.rotateAtMs, signsFromMs(next, schedule)));
    if (key.state === 'retiring') due = Math.min(due, key.goneAtMs);
  }
  return due;
}

/** One more than the sum, because a copy may have been made in the same millisecond, just before the key was published. */
function signsFromMs(next: SigningKey & { state: 'next' }, schedule: KeySchedule): number {
  return next.publishedAtMs + schedule.jwksMaxAgeMs + schedule.skewMs + 1;
}

function afterTime(ring: KeyRing, nowMs: number, schedule: KeySchedule): KeyRing {
  const active = ring.find((key) => key.state === 'active');
  const next = ring.find((key) => key.state === 'next');
  const rotates =
    active !== undefined && next !== undefined && nowMs >= active.rotateAtMs && nowMs >= signsFromMs(next, schedule);
  const goes = ring.some((key) => key.state === 'retiring' && key.goneAtMs <= nowMs);
  if (!rotates && !goes) return ring;
  const kept = ring.filter((key) => key.state !== 'retiring' || key.goneAtMs > nowMs);
  if (!rotates) return kept;
  return kept.map((key): SigningKey => {
    if (key === active) {
      return { kid: key.kid, state: 'retiring', goneAtMs: nowMs + schedule.tokenLifeMs + schedule.skewMs };
    }
    if (key === next) return { kid: key.kid, state: 'active', rotateAtMs: nowMs + schedule.rotationMs };
    return key;
  });
}
