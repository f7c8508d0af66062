/** In which account, and with whose rights, a deployment is done. */
import { describe, expect, test } from 'vitest';
import { findCredentials, namedAccount, wranglerEnv } from '../../src/cli/deploy/account/credentials.ts';

describe('the account', () => {
  test.each([
    { name: 'that configs name', configs: ['a', 'a'], env: {}, found: 'a' },
    { name: 'that one config names', configs: [undefined, 'a'], env: {}, found: 'a' },
    { name: 'of the environment', configs: [undefined], env: { CLOUDFLARE_ACCOUNT_ID: 'b' }, found: 'b' },
    { name: 'of both, which agree', configs: ['a'], env: { CLOUDFLARE_ACCOUNT_ID: 'a' }, found: 'a' },
    { name: 'that nobody names', configs: [undefined], env: {}, found: undefined },
  ])('$name', ({ configs, env, found }) => {
    expect(namedAccount(configs.map(configOf), env)).toBe(found);
  });

  test.each([
    { name: 'two configs', configs: ['a', 'b'], env: {} },
    { name: 'a config and the environment', configs: ['a'], env: { CLOUDFLARE_ACCOUNT_ID: 'b' } },
  ])('$name that disagree are refused', ({ configs, env }) => {
    expect(() => namedAccount(configs.map(configOf), env)).toThrow(/one account: 0\.toml says a, and .* says b/);
  });
});

const configOf = (accountId: string | undefined, index: number) => ({
  path: `${index}.toml`,
  ...(accountId === undefined ? {} : { accountId }),
});

test.each([
  { name: 'an API token', env: { CLOUDFLARE_API_TOKEN: 't' } },
  { name: 'the old pair of key and address', env: { CLOUDFLARE_API_KEY: 'k', CLOUDFLARE_EMAIL: 'e@example.com' } },
])('$name of the environment is used, and given to wrangler', async ({ env }) => {
  const credentials = await findCredentials(env, '.');
  expect(wranglerEnv({}, credentials, 'a')).toEqual({ ...env, CLOUDFLARE_ACCOUNT_ID: 'a' });
});
