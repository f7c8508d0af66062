import type { Arrival } from '../world/journal.ts';
import type { Answer } from '../world/probe-client.ts';
import type { Expectation, Probe } from './case-file.ts';

/** Both scores of one answer. Each finding is one line; none means passed. */
export interface Verdict {
  /** By the suite's own comparator, which for a mesh never looks at path, method, host or Location. */
  readonly official: readonly string[];
  /** By all that the case says. */
  readonly strict: readonly string[];
}

/** Compares an answer with its expectation; `uuid` is what stood for `__UUID__` in this request. */
export function judge(probe: Probe, answer: Answer, uuid: string): Verdict {
  const { expect, request } = probe;
  const status = statusFindings(expect, answer, []);
  const leniently = statusFindings(expect, answer, expect.officialAlsoAccepts ?? []);
  const response = responseFindings(expect, answer);
  const redirect = redirectFindings(probe, answer);
  const strict = [...status, ...response, ...redirect, ...backendFindings(probe, answer, uuid, false)];
  if (request.gateway === undefined) {
    return { strict, official: [...leniently, ...response, ...backendFindings(probe, answer, uuid, true)] };
  }
  if (expect.redirect !== undefined) return { strict, official: [...leniently, ...redirect] };
  const read = answer.status === 200 || answer.status === 204;
  const rest = read ? [...response, ...backendFindings(probe, answer, uuid, false)] : [];
  return { strict, official: [...leniently, ...rest] };
}

/** Each backend that a copy should go to has seen one with the path of the request. */
export function mirrorFindings({ expect }: Probe, path: string, arrivals: readonly Arrival[]): string[] {
  return (expect.mirroredTo ?? [])
    .filter((name) => !arrivals.some((one) => one.workload.startsWith(name) && one.path === path))
    .map((name) => `${name} has seen no copy`);
}

/** The number of copies among many requests lies within the case's bounds, and all requests were answered as they should be. */
export function mirrorShareFindings(probe: Probe, answers: readonly Answer[], arrivals: readonly Arrival[]): string[] {
  const { mirrorPercent = {}, minMirrored = 0, maxMirrored = 0 } = probe.distribution ?? {};
  const wrong = answers.flatMap((answer) => statusFindings(probe.expect, answer, []));
  const copies = Object.keys(mirrorPercent).flatMap((name) => {
    const count = arrivals.filter(({ workload }) => workload.startsWith(name)).length;
    const isWithin = count >= minMirrored && count <= maxMirrored;
    return isWithin ? [] : [`${name} has seen ${count} copies, expected ${minMirrored} to ${maxMirrored}`];
  });
  return [...wrong, ...copies];
}

/** Shares of many requests: within the tolerance, and from exactly the backends that have a weight. */
export function shareFindings(probe: Probe, answers: readonly Answer[]): string[] {
  const { weights = {}, toleranceAbsolute = 0.05 } = probe.distribution ?? {};
  const findings: string[] = [];
  const counts = new Map<string, number>(Object.keys(weights).map((name) => [name, 0]));
  for (const { echo, status } of answers) {
    const name = [...counts.keys()].find((one) => echo?.pod.startsWith(one) === true);
    if (name === undefined) return [`${echo?.pod ?? `status ${status}`} answered`];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const [name, weight] of Object.entries(weights)) {
    const share = (counts.get(name) ?? 0) / answers.length;
    const seen = share > 0;
    if (seen !== weight > 0 || Math.abs(share - weight) > toleranceAbsolute) {
      findings.push(`${name} got a share of ${share}, expected ${weight}`);
    }
  }
  return findings;
}

/** The handshake succeeds, and each frame comes back as it was sent. */
export function webSocketFindings(
  { expect }: Probe,
  answer: Answer,
  received: readonly (string | Uint8Array)[],
): string[] {
  const status = statusFindings(expect, answer, []);
  const wanted = (expect.websocketEcho ?? []).map(({ receiveText, receiveBinary }) => receiveText ?? receiveBinary);
  const got = received.map((one) => (typeof one === 'string' ? one : [...one]));
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    status.push(`frames ${JSON.stringify(got)} came back, expected ${JSON.stringify(wanted)}`);
  }
  return status;
}

function statusFindings(expect: Expectation, answer: Answer, also: readonly number[]): string[] {
  const accepted = [...(expect.statusAnyOf ?? [expect.status ?? 200]), ...also];
  return accepted.includes(answer.status) ? [] : [`status ${answer.status}, expected ${accepted.join(' or ')}`];
}

function responseFindings(expect: Expectation, answer: Answer): string[] {
  const clean = (value: string): string =>
    expect.ignoreWhitespaceInResponseHeaders === true ? value.replace(/\s+/g, '') : value;
  const findings: string[] = [];
  const wanted = [
    ...Object.entries(expect.responseHeaders ?? {}).map(([name, value]) => [name, [value]] as const),
    ...Object.entries(expect.responseHeadersAnyOf ?? {}),
  ];
  for (const [name, values] of wanted) {
    const value = joined(answer.headers, name);
    if (value === undefined || !values.map(clean).includes(clean(value))) {
      findings.push(`response header ${name} is ${value}, expected ${values.join(' or ')}`);
    }
  }
  for (const name of expect.absentResponseHeaders ?? []) {
    if (joined(answer.headers, name) !== undefined) findings.push(`response header ${name} should be absent`);
  }
  return findings;
}

/** Location is resolved against the request; an empty port is none, or the scheme's own. */
function redirectFindings({ expect, request }: Probe, answer: Answer): string[] {
  const { redirect } = expect;
  if (redirect === undefined) return [];
  const location = joined(answer.headers, 'location');
  if (location === undefined) return ['no Location'];
  const scheme = request.scheme ?? 'http';
  const asked = new URL(`${scheme}://${request.host ?? 'gateway'}${request.path}`);
  const url = new URL(location, asked);
  const findings: string[] = [];
  const compare = (what: string, got: string, wanted: string): void => {
    if (got !== wanted) findings.push(`Location has ${what} ${got}, expected ${wanted}`);
  };
  compare('scheme', url.protocol.slice(0, -1), redirect.scheme ?? scheme);
  if (redirect.host !== undefined) compare('host', url.hostname, redirect.host);
  if (redirect.port !== undefined) compare('port', url.port, redirect.port === defaultPort(url) ? '' : redirect.port);
  compare('path', url.pathname, redirect.path ?? asked.pathname);
  return findings;
}

/** `URL.port` is empty for the scheme's own port, so both ways to write it compare equal. */
function defaultPort(url: URL): string {
  return url.protocol === 'https:' ? '443' : '80';
}

function backendFindings(probe: Probe, answer: Answer, uuid: string, mesh: boolean): string[] {
  const { expect, request } = probe;
  if (expect.answeredByProxy === true) return answer.echo === undefined ? [] : ['a backend answered'];
  const wantsEcho = expect.backend !== undefined || expect.backendRequest !== undefined;
  if (!wantsEcho) return [];
  const { echo } = answer;
  if (echo === undefined) return ['no backend answered'];
  const findings: string[] = [];
  const compare = (what: string, got: string | undefined, wanted: string | undefined): void => {
    if (wanted !== undefined && got !== wanted) findings.push(`backend saw ${what} ${got}, expected ${wanted}`);
  };
  if (expect.backend !== undefined && !echo.pod.startsWith(expect.backend)) {
    findings.push(`${echo.pod} answered, expected ${expect.backend}`);
  }
  // Without an expected request the original one must arrive, with all its headers.
  const wanted = expect.backendRequest ?? { path: request.path, method: request.method, headers: request.headers };
  if (!mesh) {
    compare('namespace', echo.namespace, expect.backendNamespace);
    compare('path', echo.path, wanted.path?.replace('__UUID__', uuid));
    compare('method', echo.method, wanted.method);
    compare('host', echo.host, wanted.host);
  }
  for (const [name, value] of Object.entries(wanted.headers ?? {}))
    compare(`header ${name}`, joined(echo.headers, name), value);
  for (const name of wanted.absentHeaders ?? []) {
    if (joined(echo.headers, name) !== undefined) findings.push(`backend saw header ${name}, which should be absent`);
  }
  const named = wanted.headerEqualsBackendName;
  if (named !== undefined) {
    const lines = echo.headers[named.toLowerCase()] ?? [];
    if (lines.length !== 1 || !echo.pod.startsWith(lines[0] as string)) {
      findings.push(`backend ${echo.pod} saw header ${named} ${lines.join(',')}`);
    }
  }
  return findings;
}

/** Values of repeated lines joined with a comma, as the suite compares them: `a, b` is not `a,b`. */
function joined(headers: Readonly<Record<string, readonly string[]>>, name: string): string | undefined {
  return headers[name.toLowerCase()]?.join(',');
}
