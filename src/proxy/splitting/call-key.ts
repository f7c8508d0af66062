/** What tells one caller from another, read from a call: for sticky splits and for consistent hashing. */

import { cookieValues } from '../../core/headers/cookie.ts';
import type { NewCookie } from '../../core/headers/set-cookie.ts';
import { claimAt, claimPath, claimTexts } from '../../core/tokens/claim.ts';
import { queryValues } from '../../core/urls/query.ts';
import type { HashKey } from '../../model/snapshot.ts';
import type { Call } from '../call.ts';

/** A cookie that the reply will bring, so that the caller has a key the next time. */
export type IssuedCookie = Pick<NewCookie, 'name' | 'value' | 'path' | 'maxAgeMs'>;

/** The key of a call; undefined where it has none. A cookie that it makes up for the caller is added to `issued`. */
export type ReadKey = (call: Call, issued: IssuedCookie[]) => string | undefined;

/**
 * The first of the keys that a call has. Where it has none, and one is a cookie with a ttl, the caller gets that cookie, with a value made by
 * `random`: once for an attempt, whoever asks for it.
 */
export function compileKeys(by: readonly HashKey[], random: () => number): ReadKey {
  const readers = by.map(reader);
  const given = by.find((key) => key.kind === 'cookie' && key.ttlMs !== undefined);
  return (call, issued) => {
    for (const read of readers) {
      const value = read(call);
      if (value !== undefined && value !== '') return value;
    }
    if (given === undefined || given.kind !== 'cookie' || call.kind === 'rpc') return undefined;
    const { name, path, ttlMs = 0 } = given;
    const before = issued.find((cookie) => cookie.name === name);
    if (before !== undefined) return before.value;
    const value = madeUp(random) + madeUp(random);
    // `0s` is a cookie of the browser's session, as in Istio.
    issued.push({ name, value, path, ...(ttlMs === 0 ? {} : { maxAgeMs: ttlMs }) });
    return value;
  };
}

function madeUp(random: () => number): string {
  return Math.floor(random() * 0x20_0000_0000_0000).toString(36);
}

/** Facts of HTTP are none of an RPC call, but for the headers that a journey carries. */
function reader(key: HashKey): (call: Call) => string | undefined {
  switch (key.kind) {
    case 'header': {
      const { name } = key;
      return (call) => call.header(name) ?? undefined;
    }
    case 'cookie': {
      const { name } = key;
      return (call) => (call.kind === 'rpc' ? undefined : cookieValues(call.header('cookie')).get(name));
    }
    case 'queryParam': {
      const { name } = key;
      return (call) => (call.query === '' ? undefined : queryValues(call.query).get(name));
    }
    case 'claim': {
      const path = claimPath(key.name);
      return path === undefined ? () => undefined : (call) => claimTexts(claimAt(call.claims, path)).join(',');
    }
    case 'caller':
      return callerOf;
    case 'address':
      return (call) => call.address() || callerOf(call);
  }
}

/** The service that calls, else the end user. */
function callerOf({ principal, requestPrincipal }: Call): string | undefined {
  return principal ?? requestPrincipal ?? undefined;
}
