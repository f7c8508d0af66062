import { parseLocality } from '../splitting/locality.ts';
import { journeyText } from './journey.ts';

/**
 * What a journey carries from hop to hop beside W3C Trace Context: hops, deadline, the caller's name, the versions chosen so far, and where it came in.
 * On `fetch` it is the value of the `selvedge-context` header; on RPC, which has no headers, the whole context is one flat
 * string of four lines (measured: a flat string costs 2 us, an object several times that).
 */

export interface MeshContext {
  /** Edges passed so far; an edge adds one. */
  readonly hops: number;
  /** The instant, in milliseconds since the epoch, after which nobody waits for the answer. It may only shrink. */
  readonly deadline?: number;
  /** The service that calls; informative for services, never read as identity by an edge. */
  readonly caller?: string;
  /** Where a journey began that did not begin at an edge: the first edge decides whether it is sampled. */
  readonly began?: JourneyBegin;
  /** The versions that were chosen on the way, as `parseJourneyVersions` reads them; absent where none was. */
  readonly versions?: string;
  /** Region, zone and sub-zone of where the journey came into the mesh, joined by `/`. */
  readonly locality?: string;
}

/** `event`: a handler that no call began (scheduled, queue, alarm ...); `direct`: a call that came past its service's edge. */
export type JourneyBegin = 'event' | 'direct';

/** Everything that goes with a call: the header values of a `fetch`, or the lines of an RPC context. `''` means absent. */
export interface CarriedContext {
  readonly traceparent: string;
  readonly tracestate: string;
  readonly baggage: string;
  /** The `selvedge-context` value. */
  readonly context: string;
}

/** Reads `hops=3;deadline=1700000000000;caller=orders;versions=orders:v2;locality=EU/DE/TXL`. Unknown members and malformed numbers are ignored; hops default to 0. */
export function parseMeshContext(value: string | null | undefined): MeshContext {
  let hops = 0;
  let deadline: number | undefined;
  let caller: string | undefined;
  let began: JourneyBegin | undefined;
  let versions: string | undefined;
  let locality: string | undefined;
  if (value) {
    for (const member of value.split(';')) {
      const at = member.indexOf('=');
      const name = member.slice(0, at);
      const text = member.slice(at + 1);
      if (name === 'hops' && /^\d{1,4}$/.test(text)) hops = Number(text);
      else if (name === 'deadline' && /^\d{1,16}$/.test(text)) deadline = Number(text);
      else if (name === 'caller' && text !== '') caller = text;
      else if (name === 'began' && (text === 'event' || text === 'direct')) began = text;
      else if (name === 'versions') versions = journeyText(text) || undefined;
      else if (name === 'locality') locality = parseLocality(text).join('/') || undefined;
    }
  }
  return { hops, deadline, caller, began, versions, locality };
}

/** Writes the `selvedge-context` value. */
export function formatMeshContext(context: MeshContext): string {
  let text = `hops=${context.hops}`;
  if (context.deadline !== undefined) text += `;deadline=${context.deadline}`;
  if (context.caller !== undefined) text += `;caller=${context.caller}`;
  if (context.began !== undefined) text += `;began=${context.began}`;
  if (context.versions) text += `;versions=${context.versions}`;
  if (context.locality) text += `;locality=${context.locality}`;
  return text;
}

/** The flat string that an RPC call carries as the first member of its argument. */
export function formatRpcContext(carried: CarriedContext): string {
  return `${carried.traceparent}\n${carried.tracestate}\n${carried.baggage}\n${carried.context}`;
}

/** Reads the flat string; whatever is missing is `''`. */
export function parseRpcContext(text: unknown): CarriedContext {
  const lines = typeof text === 'string' ? text.split('\n') : [];
  return { traceparent: lines[0] ?? '', tracestate: lines[1] ?? '', baggage: lines[2] ?? '', context: lines[3] ?? '' };
}
