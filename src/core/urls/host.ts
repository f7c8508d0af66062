/** The authority of an absolute URL by slicing, since `new URL` costs more than everything else that admission does. */

/** Host and port, lower case, without user info; `''` where the text is no absolute URL. */
export function authorityOf(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme === -1) return '';
  const start = scheme + 3;
  let end = start;
  while (end < url.length && !'/?#\\'.includes(url[end] as string)) end += 1;
  const authority = url.slice(start, end);
  return authority.slice(authority.lastIndexOf('@') + 1).toLowerCase();
}

/** The authority without its port and without the dot of a fully qualified name. An IPv6 host keeps its brackets. */
export function hostOf(url: string): string {
  return authorityOf(url).replace(/\.?(?::\d*)?$/, '');
}

/** The port that is called: the URL's, or the usual one of its scheme; `''` where the text is no absolute http or https URL. */
export function portOf(url: string): string {
  const port = /:(\d+)$/.exec(authorityOf(url))?.[1];
  if (port !== undefined) return String(Number(port));
  const scheme = schemeOf(url);
  return scheme === 'https' ? '443' : scheme === 'http' ? '80' : '';
}

/** The scheme of an absolute URL, lower case; `''` where the text is none. */
export function schemeOf(url: string): string {
  const end = url.indexOf('://');
  return end < 0 ? '' : url.slice(0, end).toLowerCase();
}
