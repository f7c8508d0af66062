/** The host of an absolute URL by slicing, since `new URL` costs more than everything else that admission does. */

/** Lower case, without port and user info; `''` where the text is no absolute URL. An IPv6 host keeps its brackets. */
export function hostOf(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme === -1) return '';
  const start = scheme + 3;
  let end = start;
  while (end < url.length && !'/?#\\'.includes(url[end] as string)) end += 1;
  let authority = url.slice(start, end);
  const user = authority.lastIndexOf('@');
  if (user !== -1) authority = authority.slice(user + 1);
  return authority.replace(/:\d*$/, '').toLowerCase();
}
