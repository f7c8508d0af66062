/** What is done about callers that would pass by an external authoriser, and about authorisers that answer oddly. */

import type { Outcome } from '../world/outcome.ts';
import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy } from './row.ts';

const area = 'External authorisers';
/** The authoriser's own words. */
const refused = { status: 403, text: 'no', seen: undefined };
const refusedByUs = refusedBy(403, 'authoriser_refused');
const unanswered = refusedBy(403, 'authoriser_unavailable');
const answered = { status: 200, seen: { worker: 'callee' } };

interface Sent {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
}

const ask = (
  world: World,
  service: string,
  { method = 'GET', target = '/', host = `${service}.example`, headers = [] }: Sent,
) => world.raw(head(method, target, host, headers));

/** `told` says what of the outcome is compared. */
const row = (
  name: string,
  decided: string,
  source: string,
  service: string,
  sent: Sent,
  expect: unknown,
  told: (outcome: Outcome) => unknown = (outcome) => outcome,
): AttackRow => ({
  name,
  area,
  source,
  decided,
  send: async (world) => told(await ask(world, service, sent)),
  expect,
});

const userOf = ({ seen }: Outcome) => (seen === undefined ? 'not reached' : (seen.headers['x-user'] ?? 'nobody'));
const verdict = (word: string, ...headers: readonly string[]): Sent => ({
  headers: [`X-Verdict: ${word}`, ...headers],
});

/** A call that is allowed, and after it one that would not be, where verdicts are remembered: the statuses of both. */
const remembered = (name: string, first: Sent, second: Sent, statuses: readonly number[] = [200, 403]): AttackRow => ({
  name: `a verdict that is remembered, for ${name}`,
  area,
  source: 'CWE-639',
  decided: 'counts for the very same question only',
  send: async (world) => {
    const found: number[] = [];
    for (const sent of [first, second]) found.push((await ask(world, 'remembering', sent)).status);
    return found;
  },
  expect: statuses,
});

/** Of two Workers the first may and the second may not. */
const byTwoWorkers = async (world: World) => {
  const statuses: number[] = [];
  for (const binding of ['TO_remembering', 'STRANGER_remembering', 'TO_remembering'])
    statuses.push((await world.via(binding, 'http://remembering/whose')).status);
  return statuses;
};

export const authoriserRows: readonly AttackRow[] = [
  row(
    'a header that the authoriser writes, by a client',
    'what the authoriser says',
    'Envoy ext_authz allowed_upstream_headers',
    'asking',
    { headers: ['X-User: root'] },
    'alice',
    userOf,
  ),
  row(
    'a header that the authoriser writes, twice and by another case',
    'what the authoriser says',
    'Envoy ext_authz allowed_upstream_headers',
    'asking',
    { headers: ['x-user: root', 'X-USER: admin'] },
    'alice',
    userOf,
  ),
  row(
    'a header that the authoriser may write, where it says nothing of it',
    'removed',
    'Envoy ext_authz allowed_upstream_headers',
    'asking',
    verdict('silent', 'X-User: root'),
    'nobody',
    userOf,
  ),
  row(
    'a header that the authoriser may write, where a call passes without a verdict',
    'removed',
    'CVE-2023-27488',
    'lenient',
    verdict('down', 'X-User: root'),
    'nobody',
    userOf,
  ),
  row(
    'a carried header that the authoriser writes',
    'the journey carries what the authoriser says',
    'W3C Baggage section 4',
    'asking',
    { headers: ['X-User: root', 'Baggage: x-user=root'] },
    'x-user=alice',
    ({ seen }) => seen?.headers.baggage,
  ),
  row(
    'a carried header of which the authoriser says nothing',
    'the journey carries none',
    'W3C Baggage section 4',
    'asking',
    verdict('silent', 'X-User: root', 'Baggage: x-user=root'),
    'none',
    ({ seen }) => seen?.headers.baggage ?? 'none',
  ),
  ...[
    ['dots before a path that is refused', '/x/../admin'],
    ['encoded dots', '/x/%2e%2e/admin'],
    ['a backslash', '/x\\..\\admin'],
    ['escapes of letters', '/%61dmin'],
    ['dots out of the prefix of the question', '/../health'],
    ['encoded dots out of the prefix of the question', '/%2e%2e/health'],
    ['a query', '/admin?x=/check/yes'],
    ['a fragment', '/admin#/check/yes'],
  ].map(([what, target]) =>
    row(
      `${what}, asked about`,
      'the question has the canonical path: refused',
      'CVE-2021-29492',
      'asking',
      { target: target as string },
      refused,
    ),
  ),
  ...[
    ['an encoded slash', '/x/..%2fadmin?a=1'],
    ['upper case', '/ADMIN'],
    ['a doubly encoded dot', '/x/%252e%252e/admin'],
    ['a query that looks like a path', '/x?/../admin?b'],
  ].map(([what, target]) =>
    row(
      `${what}, asked about`,
      'the question has the very path that is forwarded',
      'CVE-2021-29492',
      'asking',
      { target: target as string },
      true,
      ({ seen }) => {
        const { pathname, search } = new URL(seen?.url ?? 'http://nobody');
        return seen?.headers['x-asked'] === pathname + search;
      },
    ),
  ),
  row(
    'a host in upper case, asked about',
    'refused',
    'CVE-2021-39155',
    'asking',
    { host: 'INNER.asking.example' },
    refused,
  ),
  row(
    'a header twice, once with a value that is allowed',
    'one line, as the callee has it: refused',
    'CVE-2026-26308',
    'asking',
    { headers: ['X-Tenant: good', 'X-Tenant: other'] },
    refused,
  ),
  ...['asking', 'lenient'].flatMap((service) => [
    row(
      `a header that is not UTF-8, to ${service}`,
      'asked about and refused',
      'CVE-2023-27488',
      service,
      { headers: ['X-Tenant: oth\xffer'] },
      refused,
    ),
    row(
      `a path that is not UTF-8, to ${service}`,
      'asked about and refused',
      'CVE-2024-23324',
      service,
      { target: '/admin/\xff' },
      refused,
    ),
    row(
      `a header of 8 kB, to ${service}`,
      'asked about and refused',
      'CVE-2026-47207',
      service,
      { headers: [`X-Tenant: ${'other'.repeat(1_600)}`] },
      refused,
    ),
  ]),
  row(
    'a preflight, asked about',
    'like any request',
    'Fetch standard section 3.2.2',
    'asking',
    {
      method: 'OPTIONS',
      target: '/admin',
      headers: ['Origin: https://evil.example', 'Access-Control-Request-Method: GET'],
    },
    refused,
  ),
  row(
    'a WebSocket, asked about',
    'like any request',
    'RFC 6455 section 10.2',
    'asking',
    {
      target: '/admin',
      headers: [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ],
    },
    refused,
  ),
  ...['charge', '../../x', '..', 'x?', 'x#', '%2e%2e/%2e%2e/x'].map(
    (member): AttackRow => ({
      name: `the RPC method ${JSON.stringify(member)}, asked about`,
      area,
      source: 'CWE-22',
      decided: 'the name is a name, below `/rpc/`: refused',
      send: async (world) => {
        const { status, body } = await world.rpc('TO_asking', 'selvedge:call', ['', member, []]);
        return { status, refused: body.includes('authoriser_refused') };
      },
      expect: { status: 599, refused: true },
    }),
  ),
  remembered('another path', { target: '/a' }, { target: '/admin' }),
  remembered('another query', { target: '/b?as=me' }, { target: '/b?as=root' }),
  remembered('another method', { target: '/c' }, { target: '/c', method: 'DELETE' }),
  remembered(
    'another value of a header',
    { target: '/d', headers: ['X-Tenant: good'] },
    { target: '/d', headers: ['X-Tenant: other'] },
  ),
  remembered('another host', { target: '/e' }, { target: '/e', host: 'inner.remembering.example' }),
  remembered('a header where there was none', { target: '/f' }, { target: '/f', headers: ['X-Tenant: other'] }),
  remembered('an escape that means the same path', { target: '/g' }, { target: '/%67' }, [200, 200]),
  remembered('somebody who was refused', { target: '/h', headers: ['X-Tenant: other'] }, { target: '/h' }, [403, 200]),
  {
    name: 'a verdict that is remembered, for another caller',
    area,
    source: 'CWE-639',
    decided: 'counts for the very same question only',
    send: byTwoWorkers,
    expect: [200, 403, 200],
  },
  row(
    'an authoriser that redirects to a page of 200',
    'refused: the redirect is the answer',
    'CWE-601',
    'lenient',
    verdict('redirect'),
    { status: 302, seen: undefined },
  ),
  row(
    'an authoriser that switches protocols',
    'no verdict: 403',
    'RFC 9110 section 15.2.2',
    'asking',
    verdict('upgrade'),
    unanswered,
  ),
  row(
    'an authoriser that answers 204',
    'refused: only 200 allows',
    'Envoy ext_authz HTTP service',
    'asking',
    verdict('nothing'),
    { status: 204, seen: undefined },
  ),
  row('an authoriser that fails', 'no verdict: 403', 'CVE-2023-27488', 'asking', verdict('down'), unanswered),
  row(
    'an authoriser that fails, where the document lets pass',
    'passes',
    'Envoy failure_mode_allow',
    'lenient',
    verdict('down'),
    answered,
  ),
  row(
    'an authoriser that does not answer',
    'no verdict in time: 403',
    'CWE-400',
    'asking',
    verdict('hang'),
    unanswered,
  ),
  row(
    'an authoriser whose refusal is huge',
    'refused, without its body',
    'CWE-400',
    'asking',
    verdict('huge'),
    refusedByUs,
  ),
  row(
    'an authoriser whose refusal never ends',
    'refused, without its body',
    'CWE-400',
    'asking',
    verdict('unending'),
    refusedByUs,
  ),
  row(
    'an authoriser whose permission never ends',
    'allowed: its body is not read',
    'CWE-400',
    'asking',
    verdict('endless'),
    answered,
  ),
];
