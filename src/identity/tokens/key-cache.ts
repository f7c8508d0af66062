/**
 * Copies of key sets, as an isolate holds them: plain data and instants, never a promise. An invocation can end at any await,
 * so work in progress is a start time that expires, and a call that needs keys which are not there fetches them itself.
 */

import { makeRoom } from '../../core/make-room.ts';
import { settledWithin } from '../settled-within.ts';
import type { PublicJwk } from './jwks.ts';

/** The invocation on whose behalf keys are looked up. */
export interface Invocation {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly lifetime: { waitUntil(work: Promise<unknown>): void };
}

export type LoadedKeys =
  | {
      readonly kind: 'keys';
      readonly keys: readonly PublicJwk[];
      /** The key set as text: an equal one keeps the copy's key objects, and with them the verdicts that rest on them. */
      readonly text: string;
      /** Where the source itself says how old a copy may be (ms): used instead of `waitAfterMs`, half of it instead of `refreshAfterMs`. */
      readonly maxAgeMs?: number;
    }
  | { readonly kind: 'problem'; readonly detail: string };

/** Where a key set comes from. */
export interface KeySource {
  /** The same id means the same key set. */
  readonly id: string;
  readonly load: () => Promise<LoadedKeys>;
  /** Age (ms) from which a copy is refreshed in the background. */
  readonly refreshAfterMs: number;
  /** Age (ms) from which a call waits for the refresh. */
  readonly waitAfterMs: number;
  /** Longest wait (ms) of a call for its keys, whoever loads them; a load itself goes on. */
  readonly waitMs: number;
}

interface Copy {
  keys: readonly PublicJwk[] | undefined;
  text: string;
  /** When the load of this copy began, and from when on it is refreshed, and waited for. */
  loadedAtMs: number;
  refreshAtMs: number;
  waitAtMs: number;
  /** When the last load began, and ended; a load without an end counts as under way until its lease ends. */
  startedAtMs: number;
  leaseEndsAtMs: number;
  endedAtMs: number;
  failed: boolean;
  problem: string;
}

/** Make it with `new Map()`, once an isolate. */
export type KeyCache = Map<string, Copy>;

export type KeyLookup =
  | { readonly kind: 'keys'; readonly keys: readonly PublicJwk[] }
  /** There is a key set, but no key in it fits. */
  | { readonly kind: 'unknown-key' }
  | { readonly kind: 'unavailable'; readonly detail: string };

/** Twice as many as a service may name, 64 of its own and 64 of the mesh; it bounds what a long life of edits can leave behind. */
const mostSources = 256;
/** A load that has not ended by then was cancelled; one for which calls wait longer has a second more than they. */
const leaseMs = 6_000;
/** A copy that could not be renewed for so long is used no more: a key that its issuer has withdrawn must end some time. */
const longestKeptMs = 24 * 60 * 60_000;
/** Unknown kids cause at most one load in this time: anybody can invent kids. So do failures while an old copy is there. */
const coolDownMs = 30_000;
/** After a failure without any copy, calls are refused at once for this long. */
const failurePauseMs = 1_000;
/** How long a call waits for a load that another call has under way, before it may begin one of its own. */
const joinMs = 1_000;
const joinStepMs = 20;

/** The keys of a source that `select` selects, by the copy that is held, after a load where the rules above demand one. */
export async function findKeys(
  cache: KeyCache,
  source: KeySource,
  select: (keys: readonly PublicJwk[]) => readonly PublicJwk[],
  invocation: Invocation,
): Promise<KeyLookup> {
  const copy = copyOf(cache, source);
  const now = invocation.now();
  const untilMs = now + source.waitMs;
  if (now - copy.loadedAtMs >= longestKeptMs) copy.keys = undefined;
  if (copy.keys === undefined) await loadFirst(copy, source, invocation, untilMs);
  else if (now < copy.waitAtMs) refreshInBackground(copy, source, invocation);
  else if (!hasJustFailed(copy, now, coolDownMs) && !isLoading(copy, now))
    await loadNow(copy, source, invocation, untilMs);
  if (copy.keys === undefined) return { kind: 'unavailable', detail: copy.problem };
  const found = select(copy.keys);
  if (found.length > 0) return { kind: 'keys', keys: found };

  const later = invocation.now();
  if (isLoading(copy, later)) await joinLoad(copy, invocation, Math.min(later + joinMs, untilMs));
  else if (later - copy.startedAtMs >= coolDownMs) await loadNow(copy, source, invocation, untilMs);
  const retried = select(copy.keys);
  return retried.length > 0 ? { kind: 'keys', keys: retried } : { kind: 'unknown-key' };
}

/** Whether the copy, young enough to be used without waiting, still holds this very key object; refreshes it in the background when due. */
export function stillHolds(cache: KeyCache, source: KeySource, key: PublicJwk, invocation: Invocation): boolean {
  const copy = cache.get(source.id);
  if (copy?.keys === undefined || invocation.now() >= copy.waitAtMs) return false;
  refreshInBackground(copy, source, invocation);
  return copy.keys.includes(key);
}

function copyOf(cache: KeyCache, source: KeySource): Copy {
  const held = cache.get(source.id);
  if (held !== undefined) return held;
  makeRoom(cache, mostSources);
  const never = -Infinity;
  const problem = 'the key set has not arrived in time';
  const empty: Copy = {
    keys: undefined,
    text: '',
    loadedAtMs: never,
    refreshAtMs: never,
    waitAtMs: never,
    startedAtMs: never,
    leaseEndsAtMs: never,
    endedAtMs: never,
    failed: false,
    problem,
  };
  cache.set(source.id, empty);
  return empty;
}

function isLoading(copy: Copy, now: number): boolean {
  return copy.endedAtMs < copy.startedAtMs && now < copy.leaseEndsAtMs;
}

function hasJustFailed(copy: Copy, now: number, pauseMs: number): boolean {
  return copy.failed && now - copy.endedAtMs < pauseMs;
}

function refreshInBackground(copy: Copy, source: KeySource, invocation: Invocation): void {
  const now = invocation.now();
  if (now < copy.refreshAtMs || isLoading(copy, now)) return;
  if (hasJustFailed(copy, now, coolDownMs)) return;
  invocation.lifetime.waitUntil(load(copy, source, invocation));
}

/**
 * Where there is no copy, calls that come together share a load: anybody can send many, and an issuer that is slow is not helped by more of
 * them. A load that takes longer may be one that was cancelled, so one call after another begins its own.
 */
async function loadFirst(copy: Copy, source: KeySource, invocation: Invocation, untilMs: number): Promise<void> {
  const stepMs = Math.min(joinMs, source.waitMs / 2);
  for (let now = invocation.now(); now < untilMs && copy.keys === undefined; now = invocation.now()) {
    if (hasJustFailed(copy, now, failurePauseMs)) return;
    if (!isLoading(copy, now) || now - copy.startedAtMs >= stepMs) return loadNow(copy, source, invocation, untilMs);
    await joinLoad(copy, invocation, Math.min(now + stepMs, untilMs));
  }
}

/** Loads, and waits for it until an instant (ms). */
async function loadNow(copy: Copy, source: KeySource, invocation: Invocation, untilMs: number): Promise<void> {
  const work = load(copy, source, invocation);
  // Not only awaited: what it brings after the wait is over still serves the next call.
  invocation.lifetime.waitUntil(work);
  await settledWithin(work, untilMs - invocation.now());
}

async function load(copy: Copy, source: KeySource, invocation: Invocation): Promise<void> {
  const started = invocation.now();
  copy.startedAtMs = started;
  copy.leaseEndsAtMs = started + Math.max(leaseMs, source.waitMs + 1_000);
  let loaded: LoadedKeys;
  try {
    loaded = await source.load();
  } catch (error) {
    loaded = { kind: 'problem', detail: error instanceof Error ? error.message : String(error) };
  }
  // Loads of first calls overlap; the one that began last is the newest.
  if (started < copy.loadedAtMs) return;
  copy.endedAtMs = Math.max(invocation.now(), copy.startedAtMs);
  copy.failed = loaded.kind === 'problem';
  if (loaded.kind === 'problem') {
    copy.problem = loaded.detail;
    return;
  }
  copy.loadedAtMs = started;
  copy.waitAtMs = started + (loaded.maxAgeMs ?? source.waitAfterMs);
  copy.refreshAtMs = started + (loaded.maxAgeMs === undefined ? source.refreshAfterMs : loaded.maxAgeMs / 2);
  if (copy.keys !== undefined && copy.text === loaded.text) return;
  copy.keys = loaded.keys;
  copy.text = loaded.text;
}

async function joinLoad(copy: Copy, invocation: Invocation, untilMs: number): Promise<void> {
  while (isLoading(copy, invocation.now()) && invocation.now() < untilMs) {
    await new Promise<void>((resolve) => setTimeout(resolve, joinStepMs));
  }
}
