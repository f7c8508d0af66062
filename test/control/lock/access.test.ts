import { describe, expect, it } from 'vitest';
import { type AccessFacts, refuse } from '../../../src/control/lock/access.ts';

const allowed: AccessFacts = {
  method: 'GET',
  host: '127.0.0.1:8788',
  ownOrigin: 'http://127.0.0.1:8788',
  origin: null,
  fetchSite: null,
  contentType: 'application/json',
  credential: 'bearer',
  role: 'admin',
  needed: 'viewer',
  configured: true,
};

interface Row {
  readonly name: string;
  readonly facts: Partial<AccessFacts>;
  readonly hosts?: readonly string[];
  readonly code: string | undefined;
}

const rows: readonly Row[] = [
  { name: 'a bearer token reads', facts: {}, code: undefined },
  { name: 'a cookie reads', facts: { credential: 'cookie' }, code: undefined },
  { name: 'without a token nothing is read', facts: { credential: 'none' }, code: 'unauthenticated' },
  {
    name: 'a control without a token refuses even who guesses the empty one',
    facts: { configured: false },
    code: 'no_token_configured',
  },
  {
    name: 'a host name that resolves to this machine is refused',
    facts: { host: 'evil.example:8788' },
    code: 'host_refused',
  },
  { name: 'a request without a host is refused', facts: { host: '' }, code: 'host_refused' },
  {
    name: 'a host that only begins like an allowed one is refused',
    facts: { host: '127.0.0.1.evil.example' },
    code: 'host_refused',
  },
  {
    name: 'a host that only ends like an allowed one is refused',
    facts: { host: 'evil.localhost' },
    code: 'host_refused',
  },
  {
    name: 'the host is judged before the token, so a rebound page learns nothing',
    facts: { host: 'evil.example', credential: 'none' },
    code: 'host_refused',
  },
  { name: 'host names are compared without case', facts: { host: 'LocalHost:1' }, code: undefined },
  {
    name: 'an entry with a port stands for that port',
    facts: { host: 'mesh.example:444' },
    hosts: ['mesh.example:443'],
    code: 'host_refused',
  },
  {
    name: 'an entry with a port allows that port',
    facts: { host: 'mesh.example:443' },
    hosts: ['mesh.example:443'],
    code: undefined,
  },
  { name: 'a bearer token changes without an Origin, as a CLI does', facts: { method: 'PUT' }, code: undefined },
  {
    name: 'a cookie without an Origin changes nothing',
    facts: { method: 'PUT', credential: 'cookie' },
    code: 'origin_refused',
  },
  {
    name: 'a cookie with our own Origin changes',
    facts: { method: 'PUT', credential: 'cookie', origin: 'http://127.0.0.1:8788' },
    code: undefined,
  },
  {
    name: 'another port of this machine is another origin',
    facts: { method: 'PUT', credential: 'cookie', origin: 'http://127.0.0.1:9999' },
    code: 'origin_refused',
  },
  ...['https://127.0.0.1:8788', 'http://127.0.0.1:8788/', 'http://me@127.0.0.1:8788', 'app://127.0.0.1:8788'].map(
    (origin): Row => ({
      name: `${origin} is our host, and not our origin`,
      facts: { method: 'PUT', credential: 'cookie', origin },
      code: 'origin_refused',
    }),
  ),
  {
    name: 'what another site makes a browser ask without a credential is no wrong credential of its address',
    facts: { method: 'POST', credential: 'none', origin: 'https://evil.example', fetchSite: 'cross-site' },
    code: 'origin_refused',
  },
  {
    name: 'a foreign Origin changes nothing, whatever the credential',
    facts: { method: 'POST', origin: 'https://evil.example' },
    code: 'origin_refused',
  },
  {
    name: 'the opaque origin of a sandboxed page changes nothing',
    facts: { method: 'POST', credential: 'cookie', origin: 'null' },
    code: 'origin_refused',
  },
  { name: 'DELETE is a change', facts: { method: 'DELETE', credential: 'cookie' }, code: 'origin_refused' },
  {
    name: 'a method that nobody knows is a change',
    facts: { method: 'BREW', credential: 'cookie' },
    code: 'origin_refused',
  },
  {
    name: 'our own Origin does not help where the browser says that another site asks',
    facts: { method: 'PUT', credential: 'cookie', origin: 'http://127.0.0.1:8788', fetchSite: 'cross-site' },
    code: 'origin_refused',
  },
  {
    name: 'another port of this machine is the same site, and not the same origin',
    facts: { method: 'PUT', credential: 'cookie', origin: 'http://127.0.0.1:8788', fetchSite: 'same-site' },
    code: 'origin_refused',
  },
  {
    name: 'what a person asks for himself is of no site',
    facts: { method: 'PUT', credential: 'cookie', origin: 'http://127.0.0.1:8788', fetchSite: 'none' },
    code: undefined,
  },
  {
    name: 'a look may come from anywhere: its answer can be read from nowhere else',
    facts: { credential: 'cookie', origin: 'https://evil.example', fetchSite: 'cross-site' },
    code: undefined,
  },
  { name: 'a credential without a role reads nothing', facts: { role: undefined }, code: 'no_role' },
  { name: 'a viewer who needs more is told so', facts: { role: 'viewer', needed: 'operator' }, code: 'role_needed' },
  {
    name: 'from another site nobody learns which role he lacks',
    facts: { method: 'PUT', role: 'viewer', needed: 'admin', origin: 'https://evil.example' },
    code: 'origin_refused',
  },
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'text/plain;application/json',
  ].map(
    (contentType): Row => ({
      name: `${contentType} is what a form sends, and no change`,
      facts: { method: 'POST', contentType },
      code: 'content_type_refused',
    }),
  ),
  ...['application/json', 'Application/JSON; charset=utf-8', 'application/yaml', 'text/yaml'].map(
    (contentType): Row => ({
      name: `${contentType} may be a change`,
      facts: { method: 'POST', contentType },
      code: undefined,
    }),
  ),
  {
    name: 'a change that does not say what it is is none',
    facts: { method: 'POST', contentType: null },
    code: 'content_type_refused',
  },
  { name: 'a deletion has no body to speak of', facts: { method: 'DELETE', contentType: null }, code: undefined },
];

/** Every credential with every role, for a look and for a change, from every origin. */
const product = (['bearer', 'cookie', 'none'] as const).flatMap((credential) =>
  ([undefined, 'viewer', 'operator', 'admin'] as const).flatMap((role) =>
    (['viewer', 'operator', 'admin'] as const).flatMap((needed) =>
      ['GET', 'PUT', 'DELETE'].flatMap((method) =>
        [null, 'http://127.0.0.1:8788', 'https://evil.example'].map((origin) => ({
          credential,
          role,
          needed,
          method,
          origin,
        })),
      ),
    ),
  ),
);

describe('refuse', () => {
  it.each(rows)('$name', ({ facts, hosts, code }) => {
    expect(refuse({ ...allowed, ...facts }, hosts ?? ['127.0.0.1', 'localhost'])?.code).toBe(code);
  });

  it('lets through exactly those who are known, whose role suffices, and whose change comes from no other origin', () => {
    const ranks = [undefined, 'viewer', 'operator', 'admin'];
    const through = product.filter((facts) => refuse({ ...allowed, ...facts }, ['127.0.0.1']) === undefined);
    const meant = product.filter(({ credential, role, needed, method, origin }) => {
      const own = origin === 'http://127.0.0.1:8788' || (origin === null && credential === 'bearer');
      return credential !== 'none' && ranks.indexOf(role) >= ranks.indexOf(needed) && (method === 'GET' || own);
    });
    expect(through).toEqual(meant);
    expect(through.length).toBeGreaterThan(30);
  });
});
