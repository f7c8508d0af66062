/** What conditions compare: the texts of a call, each read once however many conditions ask for it. */

import { journeyVersion } from '../../core/context/journey.ts';
import { cookieValues } from '../../core/headers/cookie.ts';
import { portOf, schemeOf } from '../../core/urls/host.ts';
import { queryValue, queryValues } from '../../core/urls/query.ts';
import type { CallFacts, Geo } from '../call-facts.ts';

/** What the conditions have read of one call so far. */
export interface Reading {
  /** By slot: see `Readers`. */
  readonly headers: (string | null | undefined)[];
  /** By slot, where the document asks for few names; else all of them by name. */
  query: (string | null | undefined)[] | undefined;
  queryByName: ReadonlyMap<string, string> | undefined;
  cookies: ReadonlyMap<string, string> | undefined;
  /** `''` until it is asked for. */
  port: string;
  /** Position of the document's listener that took the call; -1 where listeners have no say. */
  listener: number;
}

/** A call of which nothing has been read. */
export function newReading(): Reading {
  return { headers: [], query: undefined, queryByName: undefined, cookies: undefined, port: '', listener: -1 };
}

/** One text of a call, `null` where it has none. Conditions about the same text share one reader, by which an index tells them alike. */
export type Reader = (facts: CallFacts, reading: Reading) => string | null;

/** Hosts, paths, HTTP methods, queries and cookies are facts of a fetch; for an RPC call there is nothing to read. */
export const readMethod: Reader = (facts) => (facts.kind === 'fetch' ? facts.method : null);
export const readHost: Reader = (facts) => (facts.kind === 'fetch' ? facts.host : null);
export const readScheme: Reader = (facts) => (facts.kind === 'fetch' ? schemeOf(facts.url) : null);
export const readPort: Reader = (facts, reading) => {
  if (facts.kind !== 'fetch') return null;
  if (reading.port === '') reading.port = portOf(facts.url);
  return reading.port;
};
export const readRpc: Reader = (facts) => (facts.kind === 'rpc' ? facts.method : null);
export const readPrincipal: Reader = (facts) => facts.principal;
export const readCallerVersion: Reader = (facts) => journeyVersion(facts.journey, facts.caller ?? '') ?? null;

const readGeo =
  (part: keyof Geo): Reader =>
  (facts) =>
    facts.geo()?.[part] || null;
export const readContinent = readGeo('continent');
export const readCountry = readGeo('country');
export const readColo = readGeo('colo');

/** Up to so many parameters are each looked for in the query; for more it is read once into a table. */
const fewNames = 4;

/** The readers that go by a name; of one document, so that its conditions share them. */
export class Readers {
  readonly #headers = new Map<string, Reader>();
  readonly #queryParams = new Map<string, Reader>();
  readonly #cookies = new Map<string, Reader>();

  /** A request header or carried header. */
  header(name: string): Reader {
    const lower = name.toLowerCase();
    return shared(this.#headers, lower, (slot) => (facts, { headers }) => {
      let value = headers[slot];
      if (value === undefined) {
        value = facts.header(lower);
        headers[slot] = value;
      }
      return value;
    });
  }

  /** A query parameter. */
  queryParam(name: string): Reader {
    const names = this.#queryParams;
    return shared(names, name, (slot) => (facts, reading) => {
      const { query } = facts;
      if (query === '') return null;
      if (names.size > fewNames) {
        reading.queryByName ??= queryValues(query);
        return reading.queryByName.get(name) ?? null;
      }
      reading.query ??= [];
      let value = reading.query[slot];
      if (value === undefined) {
        value = queryValue(query, name);
        reading.query[slot] = value;
      }
      return value;
    });
  }

  cookie(name: string): Reader {
    return shared(this.#cookies, name, () => (facts, reading) => {
      if (facts.kind !== 'fetch') return null;
      reading.cookies ??= cookieValues(facts.header('cookie'));
      return reading.cookies.get(name) ?? null;
    });
  }
}

function shared(readers: Map<string, Reader>, name: string, make: (slot: number) => Reader): Reader {
  let reader = readers.get(name);
  if (reader === undefined) {
    reader = make(readers.size);
    readers.set(name, reader);
  }
  return reader;
}
