/** What is done about headers that are not what they seem. */

import type { Outcome } from '../world/outcome.ts';
import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy } from './row.ts';

const area = 'Headers';
const knownTrace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const row = (
  name: string,
  decided: string,
  source: string,
  headers: readonly string[],
  wanted: unknown,
): AttackRow => ({
  name,
  area,
  source,
  decided,
  send: (world: World) => world.raw(head('GET', '/x', 'gate.example', headers)),
  expect: wanted,
});

const seenBy = (worker: 'callee' | 'privileged', headers: object = {}) => ({ status: 200, seen: { worker, headers } });
/** Which of the names arrive; none of them may. */
const taken = (source: string, line: string): AttackRow => {
  const name = line.slice(0, line.indexOf(':'));
  const sent = row(`${name} of an outsider`, 'taken out', source, [line], { status: 200, arrives: false });
  return {
    ...sent,
    send: async (world) => {
      const { status, seen } = (await sent.send(world)) as Outcome;
      return { status, arrives: seen === undefined || name.toLowerCase() in seen.headers };
    },
  };
};

export const headerRows: readonly AttackRow[] = [
  row('a header that a route asks for', 'matches', 'HTTPRoute', ['X-Role: staff'], seenBy('privileged')),
  row(
    'a header twice, which a route asks for',
    'one value, joined, for the match as for the callee',
    'RFC 9110 section 5.3',
    ['X-Role: staff', 'X-Role: staff'],
    seenBy('callee', { 'x-role': 'staff, staff' }),
  ),
  row(
    'a header twice, by which a rule denies',
    'one of its lines suffices',
    'CVE-2026-26308, CVE-2021-32777',
    ['X-Guest: no', 'X-Guest: yes'],
    refusedBy(403, 'access_denied'),
  ),
  row('a header in another case', 'the same header', 'RFC 9110 section 5.1', ['x-ROLE: staff'], seenBy('privileged')),
  row(
    'a space before the colon',
    'the same header, by the runtime, for the match as for the callee',
    'RFC 9112 section 5.1',
    ['X-Role : staff'],
    seenBy('privileged', { 'x-role': 'staff' }),
  ),
  row(
    'a folded line',
    'of the value before it, for the match as for the callee',
    'RFC 9112 section 5.2',
    ['X-A: 1', ' X-Role: staff'],
    seenBy('callee', { 'x-a': '1   X-Role: staff' }),
  ),
  row(
    'a bare CR',
    'ends the line, by the runtime, for the match as for the callee',
    'CVE-2023-27493',
    ['X-A: 1\rX-Role: staff'],
    seenBy('privileged', { 'x-a': '1', 'x-role': 'staff' }),
  ),
  row(
    'an underscore for a dash',
    'another header',
    'RFC 3875 section 4.1.18',
    ['X_Role: staff'],
    seenBy('callee', { x_role: 'staff' }),
  ),
  row(
    'a control character in a value',
    'no match; arrives so',
    'RFC 9110 section 5.5',
    ['X-Role: staff\x01'],
    seenBy('callee'),
  ),
  row(
    'bytes that are not UTF-8, for an expression',
    'U+FFFD, by the runtime, which an expression matches like any character',
    'CVE-2026-73552',
    ['X-Kind: st\xff\xfe'],
    seenBy('privileged'),
  ),
  row('a NUL in a value', '400, by the runtime', 'CVE-2019-9900', ['X-Role: a\x00b'], refusedBy(400, '')),
  row('a line without a colon', '400, by the runtime', 'RFC 9112 section 5', ['X-Role'], refusedBy(400, '')),
  row('an empty name', '400, by the runtime', 'RFC 9112 section 5', [': x'], refusedBy(400, '')),
  row(
    'a header named by Connection',
    'stays: nothing is taken out by name, so none that was judged is missing',
    'RFC 9110 section 7.6.1',
    ['X-Role: staff', 'Connection: close, x-role'],
    seenBy('privileged', { 'x-role': 'staff' }),
  ),
  row(
    'two Cookie lines',
    'joined by a comma, by the runtime: of the pairs only the first name is read',
    'RFC 6265 section 5.4',
    ['Cookie: a=1', 'Cookie: b=2'],
    seenBy('callee', { cookie: 'a=1, b=2' }),
  ),
  row('a header of 60 kB', 'passes', 'RFC 9110 section 5.4', [`X-A: ${'a'.repeat(60_000)}`], { status: 200 }),
  row(
    'a header of 200 kB',
    '431, by the runtime',
    'CVE-2019-15226, CVE-2026-47774',
    [`X-A: ${'a'.repeat(200_000)}`],
    refusedBy(431, ''),
  ),
  row(
    'a thousand headers',
    'pass',
    'CVE-2019-15226',
    Array.from({ length: 1000 }, (_, index) => `X-A${index}: 1`),
    { status: 200 },
  ),
  row(
    'an X-Forwarded-For that begins with a lie',
    'of the list only the entries of trusted proxies count, from its end',
    'CVE-2024-45806',
    ['CF-Connecting-IP: 10.0.0.1', 'X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.1'],
    seenBy('callee', { 'x-client': '203.0.113.9' }),
  ),
  row(
    'two X-Forwarded-For lines',
    'one list',
    'RFC 9110 section 5.3',
    ['CF-Connecting-IP: 10.0.0.1', 'X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 203.0.113.9, 10.0.0.1'],
    seenBy('callee', { 'x-client': '203.0.113.9' }),
  ),
  row(
    'an X-Forwarded-For of no addresses',
    'the address that connected',
    'CVE-2024-45806',
    ['CF-Connecting-IP: 10.0.0.1', 'X-Forwarded-For: localhost, 10.0.0.1'],
    seenBy('callee', { 'x-client': '10.0.0.1' }),
  ),
  row(
    "the edge's own header of the client's address",
    'what the edge found out',
    'CVE-2024-45806',
    ['CF-Connecting-IP: 10.0.0.1', 'X-Client: 127.0.0.1'],
    seenBy('callee', { 'x-client': '10.0.0.1' }),
  ),
  row(
    'a carried name in the baggage of an outsider',
    'taken out',
    'W3C Baggage section 4',
    ['baggage: x-user=root,other=1'],
    seenBy('callee', { baggage: 'other=1' }),
  ),
  row(
    'a carried name in the baggage, in escapes',
    'names are compared as they are: another name',
    'W3C Baggage section 3.2.1.1',
    ['baggage: x%2Duser=root'],
    seenBy('callee'),
  ),
  ...[
    'X-Internal',
    'X-Envoy-Internal',
    'X-Envoy-Original-Path',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Envoy-Peer-Metadata',
  ].map((name) =>
    row(
      `${name} of an outsider`,
      'no edge reads it; it arrives',
      name === 'X-Envoy-Original-Path' ? 'CVE-2023-27487' : 'CVE-2024-45806',
      [`${name}: /admin`],
      seenBy('callee'),
    ),
  ),
  row(
    'selvedge-context of an outsider',
    "the edge's own",
    'ARCHITECTURE.md',
    ['selvedge-context: hops=15;caller=orders;deadline=1'],
    seenBy('callee', { 'selvedge-context': 'hops=1;versions=gate:v1' }),
  ),
  taken('ARCHITECTURE.md', 'selvedge-own: x-role=staff'),
  taken('ARCHITECTURE.md', 'selvedge-token: e30.e30.e30'),
  taken('ARCHITECTURE.md', 'selvedge-fault-abort: 503'),
  taken('ARCHITECTURE.md', 'selvedge-fault-delay: 9s'),
  taken('Cloudflare version overrides', 'Cloudflare-Workers-Version-Overrides: callee="x"'),
  taken('Cloudflare version affinity', 'Cloudflare-Workers-Version-Key: x'),
  taken('Envoy XFCC', 'X-Forwarded-Client-Cert: By=spiffe://mesh.local/svc/gate;URI=spiffe://mesh.local/svc/orders'),
  row(
    'a header of our family that there is not',
    'means nothing to any edge, and arrives like any header',
    'ARCHITECTURE.md',
    ['selvedge-principal: spiffe://mesh.local/svc/orders'],
    seenBy('callee', { 'selvedge-context': 'hops=1;versions=gate:v1' }),
  ),
  {
    name: 'a shard in the tracestate of an outsider',
    area,
    source: 'W3C Trace Context section 3.3',
    decided: "the edge's own in its place",
    send: async (world) => {
      const headers = [`traceparent: ${knownTrace}`, 'tracestate: selvedge=evil,other=1'];
      const { seen } = await world.raw(head('GET', '/x', 'gate.example', headers));
      return seen?.headers.tracestate?.replace(/shard-\d/, 'shard');
    },
    expect: 'selvedge=shard,other=1',
  },
  {
    name: 'a traceparent that is malformed',
    area,
    source: 'W3C Trace Context section 3.2.2',
    decided: 'a trace of its own begins',
    send: async (world) => {
      const zeroes = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
      const { seen } = await world.raw(head('GET', '/x', 'gate.example', [`traceparent: ${zeroes}`]));
      return /^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/.test(seen?.headers.traceparent ?? '');
    },
    expect: true,
  },
];
