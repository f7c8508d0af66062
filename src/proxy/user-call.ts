/** A call as its callee will see it, when the tokens are gone that it showed and what they tell is in headers. */
import { type TokenPlace, withoutTokens } from '../core/tokens/token-place.ts';
import type { HeaderChange } from '../model/snapshot.ts';
import type { Call } from './call.ts';

type Told = readonly (readonly [name: string, value: string])[];
/** New values of headers, lower case; `null` for one that is gone. */
type Headers = ReadonlyMap<string, string | null>;

/** What is taken out of a call and what is put into it. */
export interface CalleeView {
  readonly hidden: readonly TokenPlace[];
  /** Headers that only the edge writes, lower case: what clients send under these names is removed. */
  readonly outputHeaders: readonly string[];
  /** What is written there; of one name the first. */
  readonly told: Told;
}

/** The members of a call that say what its callee will see. */
export type Seen = Pick<Call, 'header' | 'requestHeaders' | 'query' | 'url' | 'target'>;

/**
 * What matchers, access rules and rewrites judge: headers and address as the callee will see them. The headers themselves are changed in
 * the one clone that `sign` makes.
 */
export function seenByCallee(call: Call, { hidden, outputHeaders, told }: CalleeView): Seen {
  if (hidden.length === 0 && outputHeaders.length === 0) return call;
  const { query, headers: left } = withoutTokens(hidden, call);
  const headers = outputHeaders.length === 0 ? left : withOutputs(left, outputHeaders, told);
  const { header, requestHeaders } = call;
  // With another address the clone has it; a rewrite that comes later makes its own of this one.
  const moved = query === call.query ? '' : withQuery(call.url, query);
  return {
    query,
    url: moved || call.url,
    target: moved || call.target,
    header:
      headers.size === 0
        ? header
        : (name) => {
            const own = headers.get(name);
            return own === undefined ? header(name) : own;
          },
    requestHeaders: headers.size === 0 ? requestHeaders : [...requestHeaders, changeOf(headers)],
  };
}

function withOutputs(headers: Headers, outputHeaders: readonly string[], told: Told): Headers {
  const all = new Map(headers);
  for (const name of outputHeaders) all.set(name, null);
  for (const [name, value] of told) if (all.get(name) === null) all.set(name, value);
  return all;
}

function changeOf(headers: Headers): HeaderChange {
  const set: (readonly [string, string])[] = [];
  const remove: string[] = [];
  for (const [name, value] of headers) {
    if (value === null) remove.push(name);
    else set.push([name, value]);
  }
  return { set, add: [], remove };
}

function withQuery(url: string, query: string): string {
  return `${url.slice(0, url.indexOf('?'))}${query === '' ? '' : `?${query}`}`;
}
