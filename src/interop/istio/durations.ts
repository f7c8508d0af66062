/** Durations as Istio writes them (`1.5s`, `1m30s`, `250ms`) in the words of a document. */
import type { Located } from '../manifests/located.ts';

const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** Milliseconds of a duration in Go's form, or `undefined`. */
export function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d*)?(?:h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|us|µs|ns)/g))
    sum += Number(number) * (unitMs[unit as string] ?? 0);
  return sum;
}

/** A number of milliseconds as documents write it; whatever is above nothing is a millisecond at least. */
export function durationText(ms: number): string {
  if (ms <= 0) return '0s';
  const whole = Math.max(1, Math.round(ms));
  if (whole < 100_000 && whole % 1000 !== 0) return `${whole}ms`;
  const seconds = Math.floor(whole / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
    [whole % 1000, 'ms'],
  ] as const;
  return parts.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join('');
}

/** A field that holds a duration, in milliseconds. */
export function readDurationMs(field: Located): number | undefined {
  const text = field.text();
  if (text === undefined) return undefined;
  const ms = goDurationMs(text);
  if (ms === undefined) field.wrong('a duration such as 500ms, 1.5s or 1m30s');
  return ms;
}

/** A field that holds a duration, as documents write it. */
export function readDuration(field: Located): string | undefined {
  const ms = readDurationMs(field);
  return ms === undefined ? undefined : durationText(ms);
}
