/** What is done about callers inside of the account that are not who they say, and about outsiders that say what only the mesh may say. */

import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy, rowIn } from './row.ts';

const row = rowIn('Doors of the mesh');
const url = 'http://inner/x';
const denied = refusedBy(403, 'access_denied');
const propsMissing = refusedBy(403, 'props_missing');

const via =
  (binding: string, init: object = {}) =>
  (world: World) =>
    world.via(binding, url, init);

/** What a platform front says of a client certificate that holds. */
const tlsClientAuth = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: 'AB'.repeat(32),
};

/** What an RPC call of a stranger brings: an error, and no callee. */
const refusedRpc = async (world: World, binding: string, method: string, ...args: readonly unknown[]) => {
  const { status, body } = await world.rpc(binding, method, ...args);
  return { status, reached: body.includes('"worker"') };
};

export const meshRows: readonly AttackRow[] = [
  row('a caller with its binding', 'answered', 'ARCHITECTURE.md', via('TO_inner'), {
    status: 200,
    seen: { worker: 'callee' },
  }),
  row('a caller that no rule names', '403', 'ARCHITECTURE.md', via('STRANGER_inner'), denied),
  row('a binding without props', '403', 'ARCHITECTURE.md', via('EDGE_BARE'), propsMissing),
  row('props whose caller is a number', '403', 'ARCHITECTURE.md', via('NUMBER'), propsMissing),
  row('props whose caller is a list', '403', 'ARCHITECTURE.md', via('LIST'), propsMissing),
  row('props without an upstream', '403', 'ARCHITECTURE.md', via('NOTHING'), propsMissing),
  row('props whose caller is empty', '403', 'ARCHITECTURE.md', via('NAMELESS_inner'), propsMissing),
  row('props that name a service of nobody', '503', 'ARCHITECTURE.md', via('NOBODY'), refusedBy(503, 'no_document')),
  row(
    'props that name an upstream of nobody',
    '500',
    'ARCHITECTURE.md',
    via('ELSEWHERE'),
    refusedBy(500, 'backend_unresolved'),
  ),
  row(
    'a caller in a header',
    'never read',
    'ARCHITECTURE.md',
    via('STRANGER_inner', {
      headers: {
        'selvedge-context': 'hops=0;caller=orders',
        'x-forwarded-client-cert': 'URI=spiffe://mesh.local/svc/orders',
      },
    }),
    denied,
  ),
  row(
    "somebody else's token at the mesh door",
    'never read there: the props say who calls',
    'ARCHITECTURE.md',
    async (world) => {
      const token = await world.svid('spiffe://mesh.local/svc/inner');
      const headers = { authorization: `Bearer ${token}`, 'selvedge-token': token };
      return world.via('STRANGER_inner', url, { headers });
    },
    denied,
  ),
  row(
    "the header of the client's address, by a Worker",
    'arrives: callers in the mesh hand on what they were told; no rule of an edge reads it',
    'ARCHITECTURE.md',
    (world) => world.via('TO_gate', 'http://gate.example/', { headers: { 'x-client': '127.0.0.1' } }),
    { status: 200, seen: { headers: { 'x-client': '127.0.0.1' } } },
  ),
  row(
    "a carried name in a Worker's own baggage",
    'counts: only at the gateway is a name taken from outside, and whoever is in the mesh may say it',
    'ARCHITECTURE.md',
    (world) => world.via('TO_gate', 'http://gate.example/', { headers: { baggage: 'x-user=root' } }),
    { status: 200, seen: { worker: 'privileged' } },
  ),
  row(
    'a client certificate that a Worker invents, at the mesh door',
    'never read there',
    'ARCHITECTURE.md',
    (world) => world.via('TO_partner', 'http://partner.example/', { cf: { tlsClientAuth } }),
    denied,
  ),
  row(
    'a client certificate that a Worker invents, at the public door',
    'believed: whoever deploys to the account can say what the platform says (threat model)',
    'ARCHITECTURE.md',
    (world) => world.via('PUBLIC', 'http://partner.example/', { cf: { tlsClientAuth } }),
    { status: 200, seen: { worker: 'callee' } },
  ),
  row(
    'props at the public door',
    'never read there: a service without public hosts has none',
    'ARCHITECTURE.md',
    via('PUBLIC'),
    refusedBy(404, 'not_public'),
  ),
  row(
    'a client certificate in headers, at the public door',
    'never read',
    'RFC 9440 section 4',
    (world) =>
      world.raw(
        head('GET', '/', 'partner.example', [
          'Client-Cert: :AAAA:',
          'X-Client-Cert: x',
          `X-Forwarded-Client-Cert: Hash=${'ab'.repeat(32)}`,
          'Cf-Client-Cert-Verified: SUCCESS',
        ]),
      ),
    refusedBy(401, 'unauthenticated'),
  ),
  row(
    'a service without public hosts, from outside',
    '404',
    'ARCHITECTURE.md',
    (world) => world.raw(head('GET', '/', 'inner')),
    refusedBy(404, 'not_public'),
  ),
  row(
    'more hops than there may be',
    '508',
    'RFC 9209 section 2.3.22',
    via('TO_inner', { headers: { 'selvedge-context': 'hops=16' } }),
    refusedBy(508, 'too_many_hops'),
  ),
  row(
    'hops that are no number',
    'counted from nothing: only loops of honest callers end so',
    'ARCHITECTURE.md',
    via('TO_inner', { headers: { 'selvedge-context': 'hops=-1;hops=1e9' } }),
    { status: 200 },
  ),
  row(
    'a deadline that is long past',
    '504: a caller may shorten its own call',
    'ARCHITECTURE.md',
    via('TO_inner', { headers: { 'selvedge-context': 'hops=0;deadline=1' } }),
    refusedBy(504, 'deadline_exceeded'),
  ),
  row(
    'RPC at the public door',
    'there is none',
    'ARCHITECTURE.md',
    (world) => refusedRpc(world, 'PUBLIC', 'charge', 1),
    {
      status: 599,
      reached: false,
    },
  ),
  row(
    'the reserved method at the public door',
    'there is none',
    'ARCHITECTURE.md',
    (world) => refusedRpc(world, 'PUBLIC', 'selvedge:call', ['', 'charge', []]),
    { status: 599, reached: false },
  ),
  row(
    'RPC of a caller that no rule names',
    'refused',
    'ARCHITECTURE.md',
    (world) => refusedRpc(world, 'RPC_inner', 'charge', 1),
    {
      status: 599,
      reached: false,
    },
  ),
  row(
    'the reserved method with a context of lies',
    'the props say who calls',
    'ARCHITECTURE.md',
    (world) => refusedRpc(world, 'STRANGER_inner', 'selvedge:call', ['\n\n\nhops=0;caller=orders', 'charge', []]),
    { status: 599, reached: false },
  ),
  ...['constructor', '__proto__', 'prototype', 'env', 'ctx', 'toString', 'selvedge:call'].map((member) =>
    row(
      `the reserved method for the member ${member}`,
      'no member of a service',
      'CWE-915',
      (world) => refusedRpc(world, 'TO_inner', 'selvedge:call', ['', member, []]),
      { status: 599, reached: false },
    ),
  ),
];
