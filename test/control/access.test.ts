import { describe, expect, it } from 'vitest';
import { type AccessFacts, refuse } from '../../src/control/access.ts';

const allowed: AccessFacts = {
  method: 'GET',
  host: '127.0.0.1:8788',
  origin: null,
  credential: 'bearer',
  tokenConfigured: true,
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
    facts: { tokenConfigured: false },
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
];

describe('refuse', () => {
  it.each(rows)('$name', ({ facts, hosts, code }) => {
    expect(refuse({ ...allowed, ...facts }, hosts ?? ['127.0.0.1', 'localhost'])?.code).toBe(code);
  });
});
