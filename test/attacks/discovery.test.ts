/** Metadata of issuers that lead where they must not. The issuer is the test's, the rest is the edge's own. */
import { describe, expect, it } from 'vitest';
import { discoveredKeySource } from '../../src/identity/tokens/discovery.ts';
import type { Fetch } from '../../src/identity/tokens/fetch-jwks.ts';

const issuer = 'https://idp.example/tenant';
const metadata = `${issuer}/.well-known/openid-configuration`;
const elsewhere = 'https://idp.example/.well-known/oauth-authorization-server/tenant';

interface Row {
  readonly name: string;
  readonly source: string;
  readonly issuer?: string;
  readonly answer: unknown;
  readonly says: RegExp;
  /** What is fetched, and nothing else. */
  readonly asked: readonly string[];
}

const inward = (jwks_uri: unknown) => ({ issuer, jwks_uri });

const rows: readonly Row[] = [
  ...[
    'https://169.254.169.254/latest/meta-data/',
    'https://[::ffff:169.254.169.254]/',
    'https://0xa9fea9fe/',
    'https://metadata.google.internal/',
    'https://10.0.0.1/keys',
    'https://localhost/keys',
    'http://idp.example/keys',
    'https://idp.example@127.0.0.1/keys',
    'file:///etc/passwd',
    '/keys',
  ].map(
    (uri): Row => ({
      name: `keys at ${uri}`,
      source: 'GHSA-fgw5-hp8f-xfhc',
      answer: inward(uri),
      says: /the JWKS URI/,
      asked: [metadata],
    }),
  ),
  {
    name: 'metadata of another issuer',
    source: 'RFC 8414 section 3.3',
    answer: { issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' },
    says: /of another issuer/,
    asked: [metadata],
  },
  {
    name: 'metadata of an issuer with a slash more',
    source: 'RFC 8414 section 3.3',
    answer: { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` },
    says: /of another issuer/,
    asked: [metadata],
  },
  {
    name: 'a list of places',
    source: 'RFC 8414 section 2',
    answer: inward([`${issuer}/keys`]),
    says: /no jwks_uri/,
    asked: [metadata],
  },
  { name: 'null', source: 'RFC 8414 section 3.2', answer: null, says: /of another issuer/, asked: [metadata] },
  {
    name: 'an issuer at a private address',
    source: 'CWE-918',
    issuer: 'https://192.168.0.1',
    answer: {},
    says: /private address/,
    asked: [],
  },
  {
    name: 'an issuer with a query',
    source: 'OpenID Connect Discovery 1.0 section 3',
    issuer: 'https://idp.example?x=1',
    answer: {},
    says: /no URL without query/,
    asked: [],
  },
  {
    name: 'an issuer that is no URL',
    source: 'OpenID Connect Discovery 1.0 section 3',
    issuer: 'idp',
    answer: {},
    says: /no URL without query/,
    asked: [],
  },
];

/** Loads the keys of an issuer that answers so, and says what was fetched. */
async function load(of: string, answer: (url: string) => Response) {
  const asked: string[] = [];
  const fetch: Fetch = async (url, init) => {
    asked.push(url);
    expect(init.redirect).toBe('manual');
    return answer(url);
  };
  return { loaded: await discoveredKeySource(of, fetch, false).load(), asked };
}

describe('discovery', () => {
  it.each(rows)('$name ($source)', async ({ issuer: of = issuer, answer, says, asked }) => {
    const came = await load(of, () => Response.json(answer));
    expect(came.loaded).toMatchObject({ kind: 'problem', detail: expect.stringMatching(says) });
    expect(came.asked).toEqual(asked);
  });

  it('a redirect of the metadata leads nowhere', async () => {
    const moved = () => new Response(null, { status: 302, headers: { location: 'https://169.254.169.254/' } });
    const { loaded, asked } = await load(issuer, moved);
    expect(loaded).toMatchObject({ kind: 'problem' });
    expect(asked).toEqual([metadata]);
  });

  it('where there are no metadata there is one other place, and no more', async () => {
    const { loaded, asked } = await load(issuer, () => new Response(null, { status: 404 }));
    expect(loaded).toMatchObject({ kind: 'problem' });
    expect(asked).toEqual([metadata, elsewhere]);
  });
});
