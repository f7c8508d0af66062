/** How pages write times, shares and states: short, and the same on every page. */
import type { DocumentState } from '../control/observe/document-finding.ts';
import type { EdgeState } from '../control/observe/status.ts';

/** `3.2 ms`, `48 ms`, `1.25 s`: three digits say enough. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000)} s`;
}

/** `4 s ago`, `2 min ago`. */
export function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 1) return 'now';
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} d ago`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function percent(value: number): string {
  return `${Number(value.toFixed(value < 1 ? 2 : 1))}%`;
}

export type Tone = 'good' | 'warn' | 'bad' | 'quiet';

export function documentTone(state: DocumentState): Tone {
  return state === 'ok' ? 'good' : state === 'unresolved' ? 'warn' : 'bad';
}

export function edgeTone(state: EdgeState): Tone {
  if (state === 'ok') return 'good';
  if (state === 'idle' || state === 'updating') return 'quiet';
  return state === 'stale' ? 'warn' : 'bad';
}

/** A status as people judge it. Calls that ended without an answer are as bad as a 500. */
export function statusTone(status: number, outcome: string): Tone {
  if (outcome !== 'response') return outcome === 'cancelled' ? 'warn' : status >= 400 && status < 500 ? 'warn' : 'bad';
  if (status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'good';
}

/** `200`, `503 no_document`, `cancelled`. */
export function statusText(status: number, outcome: string): string {
  if (outcome === 'response') return String(status);
  return status > 0 ? `${status} ${outcome}` : outcome;
}
