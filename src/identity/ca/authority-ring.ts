/**
 * The life of the mesh's certificate authorities, as a pure state machine. Roots live as the keys of tokens do (`keys.ts`):
 * published in the bundle before they sign, kept there until the last leaf under them has expired. An intermediate travels with
 * each leaf, so it needs no time before it signs: it is replaced when its root is, or when a leaf could outlive it.
 */
import { activeKey, type KeyRing, needsKey, nextKeyEventMs, stepKeys } from '../keys/signing-keys.ts';
import { type CertificateSchedule, rootKeySchedule } from './schedule.ts';

export interface Intermediate {
  readonly kid: string;
  /** `kid` of the root that signed it. */
  readonly root: string;
  /** A retired one signs nothing more; it is remembered until it expires. */
  readonly state: 'active' | 'retired';
  readonly expiresAtMs: number;
}

export interface AuthorityRing {
  readonly roots: KeyRing;
  /** At most one is active, and only under the active root. */
  readonly intermediates: readonly Intermediate[];
}

export const emptyAuthorityRing: AuthorityRing = { roots: [], intermediates: [] };

export type AuthorityEvent =
  | { readonly kind: 'tick' }
  /** Somebody made what `missingAuthority` asked for; ignored where it is needed no more. */
  | { readonly kind: 'root-created'; readonly kid: string }
  | { readonly kind: 'intermediate-created'; readonly kid: string; readonly root: string; readonly expiresAtMs: number }
  /** An operator wants another root as soon as that breaks no verification, or another intermediate at once. */
  | { readonly kind: 'rotate'; readonly key: 'root' | 'intermediate' }
  /** An authority is no longer to be believed: it goes at once, whatever that breaks. */
  | { readonly kind: 'revoked'; readonly kid: string };

/** The one transition function. Time that has passed is taken account of before any event. */
export function stepAuthorities(
  ring: AuthorityRing,
  event: AuthorityEvent,
  nowMs: number,
  schedule: CertificateSchedule,
): AuthorityRing {
  const rootSchedule = rootKeySchedule(schedule);
  switch (event.kind) {
    case 'tick':
      return settled(ring, stepKeys(ring.roots, event, nowMs, rootSchedule), nowMs, schedule);
    case 'root-created':
      return settled(ring, stepKeys(ring.roots, { ...event, kind: 'created' }, nowMs, rootSchedule), nowMs, schedule);
    case 'rotate': {
      if (event.key === 'root')
        return settled(ring, stepKeys(ring.roots, { kind: 'rotate' }, nowMs, rootSchedule), nowMs, schedule);
      return settled(
        retire(ring, () => true),
        ring.roots,
        nowMs,
        schedule,
      );
    }
    case 'revoked': {
      const intermediates = ring.intermediates.filter(({ kid }) => kid !== event.kid);
      return settled({ ...ring, intermediates }, stepKeys(ring.roots, event, nowMs, rootSchedule), nowMs, schedule);
    }
    case 'intermediate-created': {
      const current = settled(ring, stepKeys(ring.roots, { kind: 'tick' }, nowMs, rootSchedule), nowMs, schedule);
      const { kid, root, expiresAtMs } = event;
      if (missingAuthority(current) !== 'intermediate' || activeKey(current.roots)?.kid !== root) return current;
      return { ...current, intermediates: [...current.intermediates, { kid, root, state: 'active', expiresAtMs }] };
    }
  }
}

/** What has to be made before leaves can be signed. */
export function missingAuthority(ring: AuthorityRing): 'root' | 'intermediate' | undefined {
  if (needsKey(ring.roots) || activeKey(ring.roots) === undefined) return 'root';
  return activeIntermediate(ring) === undefined ? 'intermediate' : undefined;
}

/** The one that signs leaves now. */
export function activeIntermediate(ring: AuthorityRing): Intermediate | undefined {
  return ring.intermediates.find(({ state }) => state === 'active');
}

/** The next instant at which a tick is due; at most `nowMs` if something is missing. */
export function nextAuthorityEventMs(ring: AuthorityRing, nowMs: number, schedule: CertificateSchedule): number {
  if (missingAuthority(ring) !== undefined) return nowMs;
  const ends = ring.intermediates.map((held) =>
    held.state === 'active' ? signsUntilMs(held, schedule) : held.expiresAtMs,
  );
  return Math.min(nextKeyEventMs(ring.roots, nowMs, rootKeySchedule(schedule)), ...ends);
}

/** From then on a leaf of the longest life would outlive the intermediate. */
function signsUntilMs({ expiresAtMs }: Intermediate, { longestLeafMs }: CertificateSchedule): number {
  return expiresAtMs - longestLeafMs;
}

/** The ring with these roots, after what their change and the time mean for intermediates. */
function settled(ring: AuthorityRing, roots: KeyRing, nowMs: number, schedule: CertificateSchedule): AuthorityRing {
  const signer = activeKey(roots)?.kid;
  const { intermediates } = retire(ring, (held) => held.root !== signer || nowMs >= signsUntilMs(held, schedule));
  const kept = intermediates.filter(({ expiresAtMs, state }) => state === 'active' || expiresAtMs > nowMs);
  if (roots === ring.roots && kept.length === ring.intermediates.length && intermediates === ring.intermediates)
    return ring;
  return { roots, intermediates: kept };
}

function retire(ring: AuthorityRing, isOver: (held: Intermediate) => boolean): AuthorityRing {
  if (!ring.intermediates.some((held) => held.state === 'active' && isOver(held))) return ring;
  const intermediates = ring.intermediates.map((held) =>
    held.state === 'active' && isOver(held) ? { ...held, state: 'retired' as const } : held,
  );
  return { ...ring, intermediates };
}
