import { describe, expect, test } from 'vitest';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const publicly = 'public: { hosts: [pay.test] }';
const listening = 'public: { listeners: [{ name: web, hostname: pay.test }] }';
const digits = 'ab'.repeat(32);

function lint(mtls: string, said = publicly): string[] {
  const text = `service: payment\nversions: { v1: { worker: payment } }\n${said}\nauthentication: { mtls: ${mtls} }`;
  const parsed = parseFile(text, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents).map(({ code, path, severity }) => `${severity} ${code} ${path}`);
}

describe('lint of client certificates', () => {
  test.each<{ name: string; mtls: string; said?: string; found: readonly string[] }>([
    { name: 'nothing to say', mtls: '{}', found: [] },
    { name: 'a listener is a public host too', mtls: '{}', said: listening, found: [] },
    {
      name: 'nobody shows a certificate where there is no public host',
      mtls: '{ trust: mesh }',
      said: '',
      found: ['warning SV0140 authentication.mtls'],
    },
    {
      name: 'a subject is no proof where every authority of the mesh can issue it',
      mtls: '{ trust: mesh, certificates: [{ subject: CN=x, principal: x }] }',
      found: ['warning SV0141 authentication.mtls.certificates[0].subject'],
    },
    {
      name: 'a subject is for the authority of the platform to prove',
      mtls: '{ certificates: [{ subject: CN=x, principal: x }] }',
      found: [],
    },
    {
      name: 'a subject in a form of OpenSSL, which no certificate has here',
      mtls: '{ certificates: [{ subject: /O=Example/CN=x, principal: x }, { subject: "O = Example, CN = x", principal: y }] }',
      found: [
        'warning SV0143 authentication.mtls.certificates[0].subject',
        'warning SV0143 authentication.mtls.certificates[1].subject',
      ],
    },
    {
      name: 'of two rules for one certificate the first takes it, however it is written',
      mtls: `{ certificates: [{ fingerprint: "${digits}", principal: x }, { fingerprint: "${digits.toUpperCase().replace(/(..)(?=.)/g, '$1:')}", principal: y }] }`,
      found: ['warning SV0142 authentication.mtls.certificates[1]'],
    },
  ])('$name', ({ mtls, said, found }) => {
    expect(lint(mtls, said)).toEqual(found);
  });
});
