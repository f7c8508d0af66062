/**
 * Names of headers that servers of the CGI family cannot tell apart: RFC 3875 section 4.1.18 turns `X-Client` and `X_Client` into one and
 * the same variable. Workers keep them apart.
 */

/** Whether the name, in lower case, is another spelling with underscores of one of the names. */
export function foldsInto(name: string, names: ReadonlySet<string>): boolean {
  return name.includes('_') && names.has(name.replaceAll('_', '-'));
}
