/** The value of a header of whatever case, its lines joined; `undefined` where there is none. */
export function headersOf(lines: Readonly<Record<string, readonly string[]>>, name: string): string | undefined {
  return lines[name.toLowerCase()]?.join(',');
}
