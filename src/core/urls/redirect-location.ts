/** Where HTTPRequestRedirectFilter sends a request: always an absolute URL, with the request's query. */
import type { Normalization } from './canonical-path.ts';
import { authorityEnd, type PathModifier, pathRewrite, type RewrittenRequest } from './url-rewrite.ts';

export interface RedirectRule {
  readonly scheme?: 'http' | 'https';
  readonly hostname?: string;
  /** `request` is the port that was called, whatever the scheme. */
  readonly port?: number | 'request';
  readonly path?: PathModifier;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
}

const wellKnownPort = { http: 80, https: 443 } as const;
const beyondUrl = /[^\x21-\x7e]+/g;

/**
 * Compiles a redirect. The port is the one given; else, where a scheme is given, the well-known one of it; else the one that was called. 80
 * of http and 443 of https are left out. A full path with a query of its own takes the place of the request's query. `undefined` where
 * no path can be made.
 */
export function redirectLocation(
  rule: RedirectRule,
  normalization: Normalization,
): (request: RewrittenRequest) => string | undefined {
  const rewritten = rule.path === undefined ? undefined : pathRewrite(rule.path, normalization);
  return (request) => {
    const path = rewritten === undefined ? request.path : rewritten(request.path, request.prefix);
    if (path === undefined) return undefined;
    const called = addressOf(request.url);
    const scheme = rule.scheme ?? called.scheme;
    const ofScheme = rule.scheme === undefined ? called.port : wellKnownPort[rule.scheme];
    const port = rule.port === undefined ? ofScheme : rule.port === 'request' ? called.port : rule.port;
    const shownPort = port === wellKnownPort[scheme] ? '' : `:${port}`;
    const query = request.query === '' || path.includes('?') ? '' : `?${request.query}`;
    return printable(`${scheme}://${rule.hostname ?? called.host}${shownPort}${path}${query}`);
  };
}

/** Scheme, host and port of a canonical absolute URL; the port is the scheme's own where the URL names none. */
function addressOf(url: string): { scheme: 'http' | 'https'; host: string; port: number } {
  const schemeEnd = url.indexOf('://');
  const scheme = schemeEnd === 5 ? 'https' : 'http';
  const authority = url.slice(schemeEnd + 3, authorityEnd(url, schemeEnd + 3));
  const portAt = authority.lastIndexOf(':');
  if (portAt <= authority.lastIndexOf(']')) return { scheme, host: authority, port: wellKnownPort[scheme] };
  return {
    scheme,
    host: authority.slice(0, portAt),
    port: Number(authority.slice(portAt + 1)) || wellKnownPort[scheme],
  };
}

/** A query may hold, as it was sent, what a header cannot. */
function printable(location: string): string {
  return location.replace(beyondUrl, (text) => encodeURIComponent(text.toWellFormed()));
}
