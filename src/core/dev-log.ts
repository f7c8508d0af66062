/**
 * The mark by which a Worker in development tells who logged: workerd hands on a message and its level, and neither the Worker nor
 * the journey. Written by the in-Worker runtime, read and taken away by `selvedge dev`.
 */

/** `uncaught` is an error that nobody in the Worker caught: bare workerd does not print it. */
export type LogKind = 'log' | 'uncaught';

export interface LogMark {
  readonly service: string;
  /** The first eight digits of the trace's id, by which `selvedge trace` finds it; `''` outside of a journey. */
  readonly trace: string;
  readonly kind: LogKind;
}

const begin = '\u001e';
const end = '\u001f';

/** Follows the mark where `console` puts a space between it and the first value, which is no string. */
export const beforeValues = '\u001d';

/** The mark as text. It holds no `%`, since it stands where `console` looks for placeholders. */
export function formatLogMark({ service, trace, kind }: LogMark): string {
  return `${begin}${kind} ${trace || '-'} ${service}${end}`;
}

/** Takes the mark off a message; a message without one comes from code that the runtime does not stand before. */
export function readLogMark(message: string): { readonly mark?: LogMark; readonly text: string } {
  const length = message.indexOf(end);
  if (!message.startsWith(begin) || length < 0) return { text: message };
  const [kind, trace = '', ...service] = message.slice(begin.length, length).split(' ');
  if (kind !== 'log' && kind !== 'uncaught') return { text: message };
  const text = message.slice(length + end.length);
  return {
    mark: { service: service.join(' '), trace: trace === '-' ? '' : trace, kind },
    text: text.startsWith(beforeValues) ? text.slice(beforeValues.length).replace(/^ /, '') : text,
  };
}
