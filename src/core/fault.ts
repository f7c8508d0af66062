/** Fault injection: which calls are made late or ended, by the document's shares or by what the request itself asks for. */
import { parseDuration } from './duration.ts';
import { wireHeader } from './wire.ts';

export interface FaultRule {
  readonly delay?: { readonly ms: number; readonly share: number };
  readonly abort?: { readonly status?: number; readonly grpcStatus?: number; readonly share: number };
  /** Whether a request may ask for a fault by its own headers. */
  readonly requestHeaders: boolean;
}

export interface Fault {
  /** 0 for none. */
  readonly delayMs: number;
  readonly abort?: { readonly status?: number; readonly grpcStatus?: number };
}

/** The longest delay that a request may ask for. */
export const maxAskedDelayMs = 30_000;

/**
 * Decides a call's faults; delay and abort are drawn independently. What the request asks for goes before the document's, for all such
 * requests. `undefined` is no fault; a text says what is wrong with what the request asks for.
 */
export function decideFault(
  rule: FaultRule,
  header: (name: string) => string | null,
  random: () => number,
): Fault | string | undefined {
  const asked = rule.requestHeaders ? header(wireHeader.faultDelay) : null;
  const askedAbort = rule.requestHeaders ? header(wireHeader.faultAbort) : null;
  const askedMs = asked === null ? undefined : parseDuration(asked);
  if (asked !== null && (askedMs === undefined || askedMs > maxAskedDelayMs))
    return `${wireHeader.faultDelay}: expected a duration of at most ${maxAskedDelayMs / 1000}s, such as 300ms`;
  if (askedAbort !== null && !/^[2-5][0-9]{2}$/.test(askedAbort))
    return `${wireHeader.faultAbort}: expected an HTTP status from 200 to 599`;
  const delayMs = askedMs ?? (rule.delay !== undefined && random() < rule.delay.share ? rule.delay.ms : 0);
  const drawn = rule.abort !== undefined && random() < rule.abort.share ? rule.abort : undefined;
  const abort = askedAbort === null ? drawn : { status: Number(askedAbort) };
  return delayMs === 0 && abort === undefined ? undefined : { delayMs, abort };
}

/** How traces name a fault. */
export function faultText({ delayMs, abort }: Fault): string {
  const parts = delayMs > 0 ? [`delay of ${delayMs} ms`] : [];
  if (abort?.grpcStatus !== undefined) parts.push(`abort with gRPC status ${abort.grpcStatus}`);
  else if (abort !== undefined) parts.push(`abort with ${abort.status}`);
  return `fault injected: ${parts.join(', ')}`;
}
