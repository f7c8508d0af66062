import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { pathText } from '../../../src/model/findings/issue.ts';
import { parseDocument } from '../../../src/model/reading/parse.ts';
import { soundValue } from '../../../src/model/sound-document.ts';
import { validateDocument } from '../../../src/model/validate.ts';

/** What is wrong with a document, as `path: message; expected`. An edge must see that there is something, too. */
function faultsOf(kind: 'mesh' | 'service', document: object): string[] {
  const result = validateDocument(kind, document);
  expect(soundValue(kind, document) !== undefined).toBe(result.ok);
  if (result.ok) return [];
  return result.problems.map(({ path, message, expected }) => `${pathText(path)}: ${message}; ${expected}`);
}

const service = (access: object, more: object = {}) =>
  faultsOf('service', { service: 'x', versions: { v1: { worker: 'one' } }, access, ...more });
const mesh = (access: object, more: object = {}) => faultsOf('mesh', { defaults: { access, ...more } });
const ruled = (rule: object, more: object = {}) => service({ rules: [{ action: 'deny', ...rule }] }, more);

describe('an access section', () => {
  test.each<[name: string, access: object]>([
    [
      'all fields at once',
      {
        mode: 'strict',
        default: 'deny',
        inherit: false,
        providers: { opa: { worker: 'opa', timeout: '1s', addHeaders: { 'x-a': '1' }, upstreamHeaders: ['x-b'] } },
        rules: [
          {
            name: 'r',
            action: 'allow',
            dryRun: true,
            from: [
              { principals: ['orders', 'spiffe://other/svc/a', '*'], requestPrincipals: ['https://i/a', '*', 'i*'] },
              { serviceAccounts: ['ns/sa'], ipBlocks: ['10.0.0.0/8', '2001:db8::/32'], notRemoteIpBlocks: ['::1'] },
            ],
            to: { paths: ['/a/{*}', '*.json'], notPaths: ['/b*'], rpc: ['charge'] },
            when: [
              { key: 'request.headers[X-A]', values: ['*'] },
              { key: 'destination.port', notValues: ['443'] },
            ],
            during: { from: '2028-02-29T00:00:00Z', days: ['Mon'], hours: '22:00-06:00', timeZone: 'Europe/Berlin' },
          },
          { action: 'custom', provider: 'opa' },
          { action: 'audit' },
        ],
      },
    ],
    ['a provider that the mesh may describe', { rules: [{ action: 'custom', provider: 'of-the-mesh' }] }],
    [
      'default allow beside an allow rule that is only tried',
      { default: 'allow', rules: [{ action: 'allow', dryRun: true }] },
    ],
  ])('holds with %s', (_, access) => {
    expect(service(access)).toEqual([]);
  });

  test('a name that a certificate is given is a principal, whatever it looks like', () => {
    const mtls = { certificates: [{ subject: 'CN=a', principal: 'https://partner/a' }] };
    expect(ruled({ from: { principals: ['https://partner/a'] } }, { authentication: { mtls } })).toEqual([]);
  });

  test.each<[name: string, rule: object, fault: string]>([
    [
      'a custom rule without provider',
      { action: 'custom' },
      'access.rules[0]: a custom rule does not say who decides; a provider',
    ],
    [
      'a provider beside another action',
      { provider: 'a' },
      'access.rules[0].provider: a rule of action deny asks nobody; action custom, or no provider',
    ],
    [
      'a dry run of an audit',
      { action: 'audit', dryRun: true },
      'access.rules[0].dryRun: a rule of action audit cannot be tried without effect',
    ],
    [
      'an end user as principal',
      { from: { principals: ['https://i/alice'] } },
      'access.rules[0].from.principals[0]: "https://i/alice" is an end user',
    ],
    [
      'so in a not-field',
      { from: [{ notPrincipals: ['https://i/*'] }] },
      'access.rules[0].from[0].notPrincipals[0]: "https://i/*" is an end user',
    ],
    [
      'and in a condition',
      { when: [{ key: 'source.principal', values: ['https://i/alice'] }] },
      'access.rules[0].when[0].values[0]: "https://i/alice" is an end user',
    ],
    [
      'an issuer that is cut',
      { from: { requestPrincipals: ['https://issuer*'] } },
      'access.rules[0].from.requestPrincipals[0]: "https://issuer*" names no issuer, since patterns are split at their last "/"; issuer and subject, such as "https://issuer/*"',
    ],
    [
      'asterisks in both halves, or in the middle',
      { from: { requestPrincipals: ['https://issuer*/alice'] } },
      'access.rules[0].from.requestPrincipals[0]: "https://issuer*/alice" has a * elsewhere than at one end; * at one end of the whole text, or alone for every end user',
    ],
    [
      'a subject alone',
      { from: { requestPrincipals: ['alice'] } },
      'access.rules[0].from.requestPrincipals[0]: "alice" names no end user',
    ],
    [
      'too many bits',
      { from: { ipBlocks: ['10.0.0.0/33'] } },
      'access.rules[0].from.ipBlocks[0]: "10.0.0.0/33" is no address and no block',
    ],
    [
      'no address',
      { from: { notRemoteIpBlocks: ['300.0.0.1'] } },
      'access.rules[0].from.notRemoteIpBlocks[0]: "300.0.0.1" is no',
    ],
    [
      'no address in a condition',
      { when: [{ key: 'remote.ip', notValues: ['10.0.0.1:80'] }] },
      'access.rules[0].when[0].notValues[0]: "10.0.0.1:80" is no',
    ],
    [
      'an account with an asterisk',
      { from: { serviceAccounts: ['ns/*'] } },
      'access.rules[0].from.serviceAccounts[0]: "ns/*" names no service account',
    ],
    [
      'a key that is none',
      { when: [{ key: 'source.ips', values: ['a'] }] },
      'access.rules[0].when[0].key: "source.ips" is no key of a condition; source.ip (',
    ],
    [
      'a header without a name',
      { when: [{ key: 'request.headers', values: ['a'] }] },
      'access.rules[0].when[0].key: "request.headers" is no key of a condition; one of request.headers[NAME]',
    ],
    [
      'a port that is none',
      { when: [{ key: 'destination.port', values: ['91234'] }] },
      'access.rules[0].when[0].values[0]: "91234" is no port',
    ],
    [
      'an asterisk outside of an operator',
      { to: { paths: ['/*/baz/{*}'] } },
      'access.rules[0].to.paths[0]: the pattern "/*/baz/{*}" is none',
    ],
    [
      'an operator after the last',
      { to: [{ notPaths: ['/{**}/foo/{*}'] }] },
      'access.rules[0].to[0].notPaths[0]: the pattern "/{**}/foo/{*}" is none; {**} must be the last operator',
    ],
    ['text beside an operator', { to: { paths: ['/foo/{*}.txt'] } }, 'access.rules[0].to.paths[0]: the pattern'],
    [
      'a path that is not canonical',
      { to: { notPaths: ['/a/../b'] } },
      'access.rules[0].to.notPaths[0]: the path is not canonical',
    ],
    [
      'a day that is none',
      { during: { from: '2027-02-29T00:00:00Z' } },
      'access.rules[0].during.from: "2027-02-29T00:00:00Z" is no instant',
    ],
    [
      'an hour that is none',
      { during: { until: '2027-02-01T25:00:00Z' } },
      'access.rules[0].during.until: "2027-02-01T25:00:00Z" is no instant',
    ],
    [
      'an end before the beginning',
      { during: [{ from: '2027-01-01T00:00:00Z', until: '2027-01-01T01:00:00+02:00' }] },
      'access.rules[0].during[0].until: the window ends before it begins; an instant after 2027-01-01T00:00:00Z',
    ],
    [
      'hours that are none',
      { during: { hours: '08:00-08:00' } },
      'access.rules[0].during.hours: the hours 08:00-08:00 end where they begin',
    ],
    [
      'a zone that is none',
      { during: { hours: '08:00-09:00', timeZone: 'Europe/Berln' } },
      'access.rules[0].during.timeZone: "Europe/Berln" is no time zone; Europe/Berlin (',
    ],
    [
      'a zone of nothing',
      { during: { from: '2027-01-01T00:00:00Z', timeZone: 'UTC' } },
      'access.rules[0].during.timeZone: a time zone is about days and hours',
    ],
  ])('does not hold with %s', (_, rule, fault) => {
    const faults = ruled(rule);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.startsWith(fault)).toBe(true);
  });

  test.each<[name: string, access: object, fault: string]>([
    [
      'a default that allow rules make void',
      { default: 'allow', rules: [{ action: 'allow' }] },
      'access.default: where there are allow rules',
    ],
    [
      'a provider that nobody describes',
      { inherit: false, providers: { opa: { worker: 'opa' } }, rules: [{ action: 'custom', provider: 'oqa' }] },
      'access.rules[0].provider: there is no provider "oqa"; opa (one of opa)',
    ],
    [
      'an authoriser that is the service itself',
      { providers: { a: { service: 'x' } } },
      'access.providers.a.service: x would be asked about every call to itself',
    ],
    [
      'a URL with a query',
      { providers: { a: { url: 'https://a/?b' } } },
      'access.providers.a.url: "https://a/?b" is no base for questions',
    ],
    [
      'no time',
      { providers: { a: { worker: 'a', timeout: '0s' } } },
      'access.providers.a.timeout: no verdict can come in no time',
    ],
    [
      "a header of the mesh's own",
      { providers: { a: { worker: 'a', addHeaders: { 'Selvedge-Context': 'x' } } } },
      'access.providers.a.addHeaders.Selvedge-Context: "Selvedge-Context" is no header',
    ],
    [
      'a header about the connection',
      { providers: { a: { worker: 'a', upstreamHeaders: ['Host'] } } },
      'access.providers.a.upstreamHeaders[0]: "Host" is no header',
    ],
  ])('does not hold with %s', (_, access, fault) => {
    const faults = service(access);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.startsWith(fault)).toBe(true);
  });

  test('rules by path need canonical paths, notPaths too', () => {
    const faults = ruled({ to: [{ paths: ['/a'] }, { notPaths: ['/b'] }] }, { normalization: 'none' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'access.rules[0].to[0].paths[0]',
      'access.rules[0].to[1].notPaths[0]',
    ]);
  });

  test('authorisers need canonical paths', () => {
    const access = { providers: { opa: { worker: 'opa' } }, rules: [{ action: 'custom', provider: 'opa' }] };
    expect(service(access, { normalization: 'none' }).map((fault) => fault.split(':')[0])).toEqual([
      'access.rules[0].action',
    ]);
  });
});

test('the example of docs/authorisers.md holds', async () => {
  const page = await readFile(new URL('../../../docs/authorisers.md', import.meta.url), 'utf8');
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(parseDocument(example, { format: 'yaml' })).toMatchObject({ ok: true });
});

describe("the mesh's access section", () => {
  test('is checked as that of a service', () => {
    expect(mesh({ mode: 'strict', rules: [{ action: 'deny', from: { notServices: ['*'] } }] })).toEqual([]);
    expect(mesh({ rules: [{ action: 'deny', from: { ipBlocks: ['1.2.3'] } }] })).toHaveLength(1);
    expect(mesh({ rules: [{ action: 'deny', to: { paths: ['/a'] } }] }, { normalization: 'none' })).toHaveLength(1);
  });

  test('must describe the providers that it names', () => {
    expect(mesh({ rules: [{ action: 'custom', provider: 'a' }] })).toEqual([
      'defaults.access.rules[0].provider: there is no provider "a"; a provider under providers',
    ]);
    expect(mesh({ providers: { a: { service: 'authz' } }, rules: [{ action: 'custom', provider: 'a' }] })).toEqual([]);
  });

  test('is checked beside what its form refuses', () => {
    const rules = [{ action: 'permit' }, { action: 'deny', from: { ipBlocks: ['1.2.3.400'] } }];
    expect(mesh({ rules }).map((fault) => fault.split(':')[0])).toEqual([
      'defaults.access.rules[0].action',
      'defaults.access.rules[1].from.ipBlocks[0]',
    ]);
  });
});
