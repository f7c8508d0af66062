/** Puts a mark before everything that a Worker prints. */
import { beforeValues } from '../../core/dev-log.ts';

/** What workerd prints; all other methods of `console` speak to an inspector alone. */
const levels = ['debug', 'error', 'info', 'log', 'warn'] as const;
type Print = (...values: unknown[]) => void;
export type BareConsole = Readonly<Record<(typeof levels)[number], Print>>;

/**
 * Replaces the printing methods of the global `console` and returns what they were. A first string keeps its place as the format, so
 * that `%s` in it still works; the mark itself must hold no `%`.
 */
export function markConsole(mark: () => string): BareConsole {
  const target = console as unknown as Record<string, Print>;
  const bare: Record<string, Print> = {};
  for (const level of levels) {
    const print = (target[level] as Print).bind(console);
    bare[level] = print;
    target[level] = (...values) => {
      const [first, ...rest] = values;
      if (values.length === 0) print(mark());
      else if (typeof first === 'string') print(mark() + first, ...rest);
      else print(mark() + beforeValues, ...values);
    };
  }
  return bare as BareConsole;
}
