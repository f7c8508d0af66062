/** What commands print: JSON with `--json`, else text that is coloured on a terminal only. */
import { stripVTControlCharacters } from 'node:util';

const styles = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;
type Style = keyof typeof styles;

/** Colours follow the terminal and https://no-color.org. */
function colours(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

export function paint(style: Style, text: string): string {
  const [on, off] = styles[style];
  return colours() ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** Removes colours that a library has put in, where the output is no terminal. */
export function plainUnlessTerminal(text: string): string {
  return colours() ? text : stripVTControlCharacters(text);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Columns as wide as their widest cell; the last is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return columns([head.map((cell) => paint('dim', cell)), ...rows]).join('\n');
}

/** Rows as lines whose columns stand below each other. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const width = (cell: string) => stripVTControlCharacters(cell).length;
  const count = Math.max(0, ...rows.map((row) => row.length));
  const cells = Array.from({ length: count }, (_, column) => column);
  const widths = cells.map((column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  return rows.map((row) =>
    cells
      .map((column) => {
        const cell = row[column] ?? '';
        return column === count - 1 ? cell : cell + ' '.repeat((widths[column] as number) - width(cell));
      })
      .join('  ')
      .trimEnd(),
  );
}

/** `850 ms`, `12 s`, `4 min`, `3 h`, `2 d`: an age or a duration, in milliseconds, as people say it. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`;
}
