/** The matrix: what each cell says of each kind of caller. */
import { describe, expect, test } from 'vitest';
import { accessMap } from '../../../src/model/access-map/access-map.ts';
import { accessPhrase } from '../../../src/model/access-map/access-phrase.ts';
import { cellWords } from '../../../src/model/access-map/cell-words.ts';
import { findCell } from '../../../src/model/access-map/find-cell.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const topology = {
  services: {
    orders: { workers: ['orders'], callers: [] },
    payment: { workers: ['payment'], callers: ['orders'] },
  },
};
const nowMs = Date.parse('2026-06-01T12:00:00Z');
const open = 'public: { hosts: [pay.example.com] }\n';
const tokens = (more = '') =>
  `authentication: { jwt: [{ issuer: "https://issuer.example", jwksUri: "https://issuer.example/keys"${more} }] }\n`;

function mapOf(access: string, rest = '', mesh = '') {
  const text = `${mesh}service: payment\nversions: { v1: { worker: payment } }\n${rest}access: ${access}\n`;
  const parsed = parseFile(text, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  const documents = parsed.documents.flatMap((one) => (one.kind === 'service' ? [one.service] : []));
  const first = parsed.documents.find((one) => one.kind === 'mesh');
  const map = accessMap({ documents, mesh: first?.mesh, topology, nowMs });
  const payment = map.services.find(({ service }) => service === 'payment');
  if (payment === undefined) throw new Error('payment is no service of the map.');
  return { map, payment };
}

describe('a cell', () => {
  test.each<{ name: string; access: string; rest?: string; mesh?: string; caller: string; says: string }>([
    { name: 'without rules', access: '{}', caller: 'orders', says: 'all: no rule says otherwise' },
    {
      name: 'of a caller whom a rule names',
      access: '{ rules: [{ name: a, action: allow, from: { principals: [orders] } }] }',
      caller: 'orders',
      says: 'all: by a',
    },
    {
      name: 'of a caller whom no rule names',
      access: '{ rules: [{ action: allow, from: { principals: [orders] } }] }',
      caller: 'payment',
      says: 'none: no allow rule matches',
    },
    {
      name: 'where the document refuses what no rule decides',
      access: '{ default: deny }',
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'with what a rule still asks, once it is known who calls',
      access:
        '{ rules: [{ name: a, action: allow, from: { principals: [orders], versions: [v2] }, to: [{ methods: [POST] }, { rpc: [charge] }], when: [{ key: "request.headers[x]", notValues: [y] }], during: { days: [Mon] } }] }',
      caller: 'orders',
      mesh: 'mesh: m\ncarry: [x]\n---\n',
      says: "some: caller's version v2, method POST, request.headers[x] is not y, Mon UTC; or caller's version v2, RPC method charge, request.headers[x] is not y, Mon UTC (a)",
    },
    {
      name: 'by a header that no RPC call has',
      access:
        '{ rules: [{ name: a, action: allow, to: { rpc: [charge] }, when: [{ key: "request.headers[x]", values: [y] }] }] }',
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'by a header that journeys carry',
      access:
        '{ rules: [{ name: a, action: allow, to: { rpc: [charge] }, when: [{ key: "request.headers[X]", values: [y] }] }] }',
      mesh: 'mesh: m\ncarry: [x]\n---\n',
      caller: 'orders',
      says: 'some: fetch none; RPC method charge, request.headers[X] is y (a)',
    },
    {
      name: 'by a port, which no RPC call has',
      access:
        '{ rules: [{ name: a, action: allow, to: { rpc: [charge] }, when: [{ key: destination.port, values: ["80"] }] }] }',
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'by a token, which comes with no RPC call',
      access: '{ rules: [{ name: a, action: allow, to: { rpc: [charge] }, from: { requestPrincipals: ["*"] } }] }',
      rest: tokens(),
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'where a deny by path refuses every RPC call',
      access: '{ rules: [{ name: d, action: deny, to: { paths: [/admin/*] } }] }',
      caller: 'orders',
      says: 'some: RPC none; all else; refused: path /admin/*; or any RPC call (d)',
    },
    {
      name: 'of somebody from outside where nothing is public',
      access: '{}',
      caller: 'outside',
      says: 'none: not public',
    },
    {
      name: 'of somebody from outside whom strict refuses',
      access: '{ mode: strict }',
      rest: open,
      caller: 'outside',
      says: 'none: strict, and the caller proves no identity',
    },
    {
      name: 'by addresses: only from outside',
      access: '{ rules: [{ name: a, action: allow, from: { ipBlocks: [10.0.0.0/8] } }] }',
      rest: open,
      caller: 'outside',
      says: 'some: address 10.0.0.0/8 (a)',
    },
    {
      name: 'by addresses: no call inside the mesh has one',
      access: '{ rules: [{ name: a, action: allow, from: { ipBlocks: [10.0.0.0/8] } }] }',
      rest: open,
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'of end users where any will do',
      access: '{ rules: [{ name: u, action: allow, from: { requestPrincipals: ["*"] } }] }',
      rest: open + tokens(),
      caller: 'end users',
      says: 'all: by u',
    },
    {
      name: 'of end users of an issuer that nobody names',
      access: '{ rules: [{ name: u, action: allow, from: { requestPrincipals: ["*"] } }] }',
      rest: `${open}authentication: { jwt: [{ jwksUri: "https://keys.example/jwks" }] }\n`,
      caller: 'end users',
      says: 'all: by u',
    },
    {
      name: 'of a service that may carry a token of its user',
      access: '{ rules: [{ name: u, action: allow, from: { requestPrincipals: ["*"] } }] }',
      rest: open + tokens(),
      caller: 'orders',
      says: 'some: RPC none; end user * (u)',
    },
    {
      name: 'where a token is required, of those who have none',
      access: '{}',
      rest: open + tokens(', presence: required'),
      caller: 'outside',
      says: "none: an end user's token is required",
    },
    {
      name: 'where a token is required, of those who may have one',
      access: '{}',
      rest: open + tokens(', presence: required'),
      caller: 'orders',
      says: 'some: no rule says otherwise; only with a token of https://issuer.example',
    },
    {
      name: 'of a whole id that a rule names',
      access: '{ rules: [{ name: p, action: allow, from: { principals: ["spiffe://partner.example/robot"] } }] }',
      rest: open,
      caller: 'spiffe://partner.example/robot',
      says: 'all: by p',
    },
    {
      name: 'of all members of a trust domain that no other row names',
      access:
        '{ rules: [{ name: p, action: allow, from: { trustDomains: [partner.example] } }, { name: d, action: deny, from: { principals: ["spiffe://partner.example/robot"] } }] }',
      rest: open,
      caller: 'spiffe://partner.example/*',
      says: 'all: by p',
    },
    {
      name: 'of a namespace in the ids of other meshes',
      access: '{ rules: [{ name: n, action: deny, from: { namespaces: [prod] } }] }',
      rest: open,
      caller: '*/ns/prod/*',
      says: 'none: denied by n',
    },
    {
      name: 'where a provider is asked',
      access:
        '{ providers: { opa: { url: "https://opa.example" } }, rules: [{ name: c, action: custom, provider: opa }] }',
      caller: 'orders',
      says: 'custom: all else; asked: opa (c)',
    },
    {
      name: 'under an alias of the trust domain',
      mesh: 'mesh: shop\ntrustDomain: new.example\ntrustDomainAliases: [old.example]\n---\n',
      access: '{ rules: [{ name: a, action: allow, from: { principals: ["spiffe://old.example/svc/orders"] } }] }',
      caller: 'orders',
      says: 'all: by a',
    },
    {
      name: "of the mesh's rules, under their own name",
      mesh: 'mesh: shop\ndefaults: { access: { rules: [{ name: a, action: deny, to: { methods: [DELETE], rpc: [x] } }] } }\n---\n',
      access: '{}',
      caller: 'orders',
      says: 'some: all else; refused: method DELETE; or RPC method x (mesh/a)',
    },
    {
      name: 'where the service turns them off',
      mesh: 'mesh: shop\ndefaults: { access: { mode: strict, rules: [{ name: a, action: deny }] } }\n---\n',
      access: '{ inherit: false }',
      caller: 'orders',
      says: 'all: no rule says otherwise',
    },
    {
      name: 'with a rule whose time is over',
      access: '{ rules: [{ action: allow, during: { until: "2026-01-01T00:00:00Z" } }] }',
      caller: 'orders',
      says: 'none: no allow rule matches',
    },
    {
      name: 'with a rule that only marks, and one that only would decide',
      access:
        '{ rules: [{ name: m, action: audit, to: { rpc: [charge] } }, { name: w, action: deny, dryRun: true, from: { principals: [orders] } }] }',
      caller: 'orders',
      says: 'all: no rule says otherwise; audited: RPC method charge (m); none if w counted',
    },
  ])('$name', ({ access, rest, mesh, caller, says }) => {
    const cell = findCell(mapOf(access, rest, mesh).payment, caller);
    expect(cell && `${cell.verdict}: ${cellWords(cell)}`).toBe(says);
  });

  test('of every caller stands in one group, and a service without a document answers nobody', () => {
    const { map } = mapOf('{ rules: [{ action: allow, from: { principals: [orders] } }] }', open);
    for (const { cells } of map.services)
      expect(cells.flatMap(({ callers }) => callers).sort()).toEqual(map.callers.map(({ name }) => name).sort());
    const orders = map.services.find(({ service }) => service === 'orders');
    expect(orders).toMatchObject({ documented: false, cells: [{ verdict: 'none', reason: 'no-document' }] });
  });
});

describe('a phrase for lists', () => {
  test.each([
    ['{}', '', 'open to every caller'],
    ['{ mode: strict }', open, 'open to every verified caller'],
    [
      '{ mode: strict, rules: [{ action: allow, from: { principals: [orders] } }] }',
      '',
      'only verified callers; all calls of orders',
    ],
    ['{ rules: [{ action: allow, from: { principals: [orders] }, to: { rpc: [x] } }] }', '', 'some calls of orders'],
    ['{ default: deny }', '', 'nobody'],
    ['{ rules: [{ action: deny, dryRun: true }] }', '', 'open to every caller; 1 rule in dry run'],
  ])('%s', (access, rest, phrase) => {
    expect(accessPhrase(mapOf(access, rest).payment)).toBe(phrase);
  });
});
