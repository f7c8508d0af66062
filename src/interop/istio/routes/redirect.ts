/** HTTPRedirect. */
import type { Filter, Match } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';
import { replaceMatched, type UriCondition } from './paths.ts';

type RequestRedirect = NonNullable<Filter['requestRedirect']>;

/** Ports under which a service or gateway is called. */
export interface CalledPorts {
  readonly list: readonly number[];
  /** Whether the input tells them; else they are the usual ones. */
  readonly areKnown: boolean;
}

const prefixWord = '%PREFIX()%';

/** A redirect, and for which calls where its port depends on the one that was called. */
export interface PortedRedirect {
  readonly filter: Filter;
  readonly ports: Match['ports'];
}

/**
 * Istio keeps the port of the Host header unless another is asked for; FROM_REQUEST_PORT asks for the one that was called. A document
 * takes the usual port of a scheme that it names, so that a redirect to another scheme and the same port is one for each port.
 */
export function convertRedirect(redirect: Located, condition: UriCondition, ports: CalledPorts): PortedRedirect[] {
  redirect.only(['uri', 'prefixRewrite', 'authority', 'port', 'derivePort', 'scheme', 'redirectCode']);
  const scheme = redirect.get('scheme').word(['http', 'https']);
  const base: RequestRedirect = {
    ...authorityOf(redirect),
    ...pathOf(redirect, condition),
    statusCode: statusOf(redirect),
  };
  const port = redirect.get('port').number();
  const derived = redirect.get('derivePort').word(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']);
  const withScheme = scheme === undefined ? base : { ...base, scheme };
  const one = (requestRedirect: RequestRedirect, forPorts?: number[]): PortedRedirect => ({
    filter: { type: 'RequestRedirect', requestRedirect },
    ports: forPorts,
  });
  if (port !== undefined) return [one({ ...withScheme, port })];
  if (derived !== 'FROM_REQUEST_PORT' || scheme === undefined) return [one(withScheme)];
  if (!ports.areKnown)
    redirect.get('derivePort').unresolved('the input does not tell the ports that are called; this is for 80 and 443');
  return ports.list.map((called) => one({ ...withScheme, port: called }, [called]));
}

function authorityOf(redirect: Located): Pick<RequestRedirect, 'hostname' | 'port'> {
  const where = redirect.get('authority');
  const [hostname, port] = where.text()?.split(':') ?? [];
  if (hostname === undefined || hostname === '') return {};
  return { hostname, ...(port === undefined ? {} : { port: Number(port) }) };
}

function pathOf(redirect: Located, condition: UriCondition): Pick<RequestRedirect, 'path'> {
  const uri = redirect.get('uri').text();
  const prefix = uri?.startsWith(prefixWord) ? uri.slice(prefixWord.length) : redirect.get('prefixRewrite').text();
  if (prefix !== undefined) return { path: replaceMatched(prefix, condition) };
  if (uri === undefined || uri === '') return {};
  if (uri.includes('?')) {
    redirect.get('uri').refuse('a redirect keeps the query of the call, and has none of its own');
    return {};
  }
  return { path: { type: 'ReplaceFullPath', replaceFullPath: uri } };
}

const codes = [301, 302, 303, 307, 308] as const;

function statusOf(redirect: Located): (typeof codes)[number] {
  const code = redirect.get('redirectCode').number() ?? 301;
  const found = codes.find((one) => one === code);
  if (found === undefined) redirect.get('redirectCode').wrong(`one of ${codes.join(', ')}`);
  return found ?? 301;
}
