/**
 * Bundles of other trust domains: fetched from a bundle endpoint with the profile https_web (SPIFFE Federation section 5.2.1), or
 * given by an operator. What is decided here is when to look again, and which bundle may follow which.
 */

import { readBoundedText } from '../../core/read-bounded.ts';
import { jwksUriProblem } from '../../core/tokens/jwks-uri.ts';
import type { Fetch } from '../tokens/fetch-jwks.ts';
import type { ReadBundle } from './spiffe-bundle.ts';

const mostBytes = 512 * 1024;
const fetchMs = 10_000;
const minute = 60_000;
/** Where a bundle has no refresh hint; other hints are kept within these bounds (section 4.1.2). */
const usualRefreshMs = 5 * minute;
const leastRefreshMs = minute;
const mostRefreshMs = 24 * 60 * minute;

/** The JSON behind a bundle endpoint. Rejects with a sentence for operators; never follows a redirect. */
export async function fetchBundle(url: string, fetch: Fetch, allowLoopback: boolean): Promise<unknown> {
  const refused = jwksUriProblem(url, allowLoopback);
  if (refused !== undefined) throw new Error(refused.replace('the JWKS URI', 'the bundle endpoint'));
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(fetchMs),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the bundle endpoint answered ${response.status}`);
  }
  const text = await readBoundedText(response.body, mostBytes);
  if (text === undefined) throw new Error(`the bundle is larger than ${mostBytes} bytes`);
  return JSON.parse(text);
}

/** When to look again, after a bundle has come or has not. */
export function nextRefreshMs(bundle: Pick<ReadBundle, 'refreshHintMs'> | undefined, nowMs: number): number {
  const hint = bundle?.refreshHintMs ?? usualRefreshMs;
  return nowMs + Math.min(Math.max(hint, leastRefreshMs), mostRefreshMs);
}

/** Why a bundle may not follow another: an old one would bring back keys that were withdrawn. */
export function replacementProblem(
  before: Pick<ReadBundle, 'sequence'> | undefined,
  after: Pick<ReadBundle, 'sequence'>,
): string | undefined {
  if (before?.sequence === undefined) return undefined;
  if (after.sequence === undefined) return `the bundle has no sequence, and the one before has ${before.sequence}`;
  if (after.sequence >= before.sequence) return undefined;
  return `the sequence of the bundle, ${after.sequence}, is lower than that of the one before, ${before.sequence}`;
}
