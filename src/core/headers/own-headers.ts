/**
 * What the caller's code itself had set under the names that the mesh writes on a hop. It travels in one header beside them, and
 * the in-Worker runtime of the callee puts it back: the callee sees the headers that the caller sent, and no others.
 */
import { versionOverrideHeader, wireHeader } from '../wire.ts';

/** The W3C headers that every hop of the mesh writes. */
export const hopHeaders = [wireHeader.traceparent, wireHeader.tracestate, wireHeader.baggage] as const;

const known: ReadonlySet<string> = new Set([...hopHeaders, versionOverrideHeader]);

/** Whatever has headers: a `Request`'s, or those of a test. */
export interface ReadableHeaders {
  get(name: string): string | null;
}

/** The value for `hopHeaders` as they stand in `headers` before the mesh writes them; `''` where the code has set none. */
export function ownHopHeaders(headers: ReadableHeaders): string {
  let own = '';
  for (const name of hopHeaders) {
    const value = headers.get(name);
    if (value !== null) own = withOwnHeader(own, name, value);
  }
  return own;
}

/** Adds a member; null says that the code had not set this header. */
export function withOwnHeader(own: string, name: string, value: string | null): string {
  const member = value === null ? name : `${name}=${encodeURIComponent(value)}`;
  return own === '' ? member : `${own}&${member}`;
}

/** The members of the value: what each header is to be, null for absent. Names that the mesh never writes are ignored. */
export function parseOwnHeaders(own: string): (readonly [name: string, value: string | null])[] {
  return own.split('&').flatMap((member): (readonly [string, string | null])[] => {
    const at = member.indexOf('=');
    const name = at < 0 ? member : member.slice(0, at);
    if (!known.has(name)) return [];
    const value = at < 0 ? null : decoded(member.slice(at + 1));
    return value === undefined ? [] : [[name, value]];
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
