import { Log, LogLevel } from 'miniflare';

/** miniflare's warnings and errors as lines: standard output belongs to the command. */
export class LineLog extends Log {
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    super(LogLevel.WARN);
    this.#onLine = onLine;
  }

  override log(message: string): void {
    this.#onLine(message);
  }
}
