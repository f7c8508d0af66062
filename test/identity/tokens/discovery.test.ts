import { describe, expect, it } from 'vitest';
import { metadataUrls } from '../../../src/core/tokens/issuer-metadata.ts';
import { discoveredKeySource } from '../../../src/identity/tokens/discovery.ts';
import type { Fetch } from '../../../src/identity/tokens/fetch-jwks.ts';

describe('where the metadata of an issuer are', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'a host',
      'https://a.test',
      ['https://a.test/.well-known/openid-configuration', 'https://a.test/.well-known/oauth-authorization-server'],
    ],
    [
      'a host with a slash',
      'https://a.test/',
      ['https://a.test/.well-known/openid-configuration', 'https://a.test/.well-known/oauth-authorization-server'],
    ],
    [
      'a path: behind it, or before it',
      'https://a.test/x/y/',
      [
        'https://a.test/x/y/.well-known/openid-configuration',
        'https://a.test/.well-known/oauth-authorization-server/x/y',
      ],
    ],
    ['a query', 'https://a.test/?x', []],
    ['a fragment', 'https://a.test/#x', []],
    ['no URL', 'accounts', []],
  ])('%s', (_rule, issuer, urls) => {
    expect(metadataUrls(issuer)).toEqual(urls);
  });
});

describe('keys by the metadata of an issuer', () => {
  const issuer = 'https://a.test/realm';
  const key = { kty: 'EC', crv: 'P-256', kid: 'k', x: 'x', y: 'y' };
  const answers = (replies: Record<string, unknown>) => {
    const asked: string[] = [];
    const fetch: Fetch = async (url) => {
      asked.push(url);
      const reply = replies[url];
      if (typeof reply === 'number') return new Response('', { status: reply });
      return reply === undefined ? new Response('', { status: 404 }) : new Response(JSON.stringify(reply));
    };
    return { asked, load: () => discoveredKeySource(issuer, fetch, false).load() };
  };
  const metadata = `${issuer}/.well-known/openid-configuration`;
  const second = 'https://a.test/.well-known/oauth-authorization-server/realm';
  const keys = 'https://keys.test/jwks';

  it.each<[string, Record<string, unknown>, readonly string[], object]>([
    [
      'are those to which the metadata lead',
      { [metadata]: { issuer, jwks_uri: keys }, [keys]: { keys: [key] } },
      [metadata, keys],
      { kind: 'keys', keys: [key] },
    ],
    [
      'may be found at the second place, where the first has nothing',
      { [second]: { issuer, jwks_uri: keys }, [keys]: { keys: [key] } },
      [metadata, second, keys],
      { kind: 'keys' },
    ],
    [
      'are looked for at no other place where the first fails',
      { [metadata]: 500, [second]: { issuer, jwks_uri: keys } },
      [metadata],
      { kind: 'problem', detail: 'the metadata URI answered 500' },
    ],
    [
      'are not those of another issuer',
      { [metadata]: { issuer: 'https://b.test', jwks_uri: keys } },
      [metadata],
      { kind: 'problem', detail: 'the metadata are those of another issuer' },
    ],
    [
      'are not fetched from where no document could lead',
      { [metadata]: { issuer, jwks_uri: 'https://169.254.169.254/jwks' } },
      [metadata],
      { kind: 'problem', detail: 'the JWKS URI leads to a private address' },
    ],
    [
      'are not fetched over http',
      { [metadata]: { issuer, jwks_uri: 'http://keys.test/jwks' } },
      [metadata],
      { kind: 'problem', detail: 'the JWKS URI is not https' },
    ],
    ['need metadata that are an object', { [metadata]: null }, [metadata], { kind: 'problem' }],
    [
      'need a place',
      { [metadata]: { issuer } },
      [metadata],
      { kind: 'problem', detail: 'the metadata name no jwks_uri' },
    ],
  ])('%s', async (_rule, replies, urls, found) => {
    const { asked, load } = answers(replies);
    expect(await load()).toMatchObject(found);
    expect(asked).toEqual(urls);
  });

  it('of an issuer in a private network are not asked for', async () => {
    const source = discoveredKeySource('https://10.0.0.1', () => Promise.reject(new Error('asked')), false);
    expect(await source.load()).toEqual({ kind: 'problem', detail: 'the JWKS URI leads to a private address' });
  });
});
