import { describe, expect, it } from 'vitest';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const start = 'service: payment\nversions: { v1: { worker: payment } }\n';
const rule = 'issuer: "https://idp.test", audiences: [shop]';
const asking = 'access: { rules: [{ action: allow, from: { requestPrincipals: ["*"] } }] }';

function lint(service: string, mesh = ''): string[] {
  const parsed = parseFile(`${start}${service}${mesh === '' ? '' : `\n---\nmesh: shop\n${mesh}`}`, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents).map(({ code, file, path }) => `${code} ${file} ${path}`.trimEnd());
}

describe('lint of end users and their tokens', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['a service without issuers', '', '', []],
    ['an issuer, and a rule that asks for its users', `authentication: { jwt: [{ ${rule} }] }\n${asking}`, '', []],
    ['an issuer whose token must be there', `authentication: { jwt: [{ ${rule}, presence: required }] }`, '', []],
    ['an issuer in a strict service', `authentication: { jwt: [{ ${rule} }] }\naccess: { mode: strict }`, '', []],
    [
      'no audiences',
      `authentication: { jwt: [{ issuer: "https://idp.test", presence: required }] }`,
      '',
      ['SV0132 service/payment authentication.jwt[0]'],
    ],
    [
      'an issuer that nothing asks for',
      `authentication: { jwt: [{ ${rule} }] }`,
      '',
      ['SV0134 service/payment authentication.jwt'],
    ],
    [
      'users of no issuer',
      'access: { rules: [{ action: allow, from: [{ principals: ["*"] }, { notRequestPrincipals: ["*"] }], when: [{ key: "request.auth.claims[a]", values: [b] }] }] }',
      '',
      [
        'SV0133 service/payment access.rules[0].from[1].notRequestPrincipals',
        'SV0133 service/payment access.rules[0].when[0]',
      ],
    ],
    [
      'users of an issuer that no rule names',
      `authentication: { jwt: [{ ${rule} }] }\naccess: { rules: [{ action: allow, from: { requestPrincipals: ["https://idp.test/ann", "https://idp.test/*", "*/ann", "https://idp.test.evil/ann", "https://idq.test/*"] } }, { action: allow, when: [{ key: request.auth.principal, values: ["https://idp.test/a/b"] }] }] }`,
      '',
      [
        'SV0133 service/payment access.rules[0].from.requestPrincipals[3]',
        'SV0133 service/payment access.rules[0].from.requestPrincipals[4]',
        'SV0133 service/payment access.rules[1].when[0].values[0]',
      ],
    ],
    [
      'users of any issuer, where a rule takes all',
      `authentication: { jwt: [{ ${rule} }, { audiences: [shop], jwksUri: "https://idp.test/keys" }] }\naccess: { rules: [{ action: allow, from: { requestPrincipals: ["https://idq.test/ann"] } }] }`,
      '',
      [],
    ],
    ['users of an issuer of the mesh', asking, `defaults: { authentication: { jwt: [{ ${rule} }] } }`, []],
    [
      'an issuer of the mesh that a rule of the mesh asks for',
      '',
      `defaults: { authentication: { jwt: [{ ${rule} }] }, access: { rules: [{ action: deny, from: { notRequestPrincipals: ["*"] } }] } }`,
      [],
    ],
    [
      'issuers of the mesh that the service turned off',
      `authentication: { inherit: false }\n${asking}`,
      `defaults: { authentication: { jwt: [{ ${rule} }] } }`,
      ['SV0133 service/payment access.rules[0].from.requestPrincipals'],
    ],
    [
      'no audiences in the mesh document',
      asking,
      'defaults: { authentication: { jwt: [{ issuer: "https://idp.test" }] } }',
      ['SV0132 mesh defaults.authentication.jwt[0]'],
    ],
  ])('%s', (_name, service, mesh, found) => {
    expect(lint(service, mesh)).toEqual(found);
  });
});
