/** What is read of an account is whole: a plan made from half an answer would take what is there for missing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectApi } from '../../src/cli/deploy/account/cloudflare-api.ts';
import { type Account, startAccount } from './account/account.ts';
import { rest, uploadForm } from './account/rest.ts';

let account: Account;
beforeAll(async () => {
  account = await startAccount();
  await rest(account, 'PUT', '/accounts/:account/workers/scripts/pay', uploadForm('export default {};'));
});
afterAll(() => account?.close());

const scripts = async () => {
  const api = connectApi(
    account.accountId,
    { token: account.api.token },
    { CLOUDFLARE_API_BASE_URL: account.api.base },
  );
  return (await api.page<{ id: string }>(`/accounts/${account.accountId}/workers/scripts`, '')).items.map(
    ({ id }) => id,
  );
};

test('an answer that is cut half way is asked for again', async () => {
  account.failNext(({ method }) => method === 'GET', { cut: 'after', times: 2 });
  expect(await scripts()).toEqual(['pay']);
});

test('one that is cut each time is a failure, never an empty list', async () => {
  account.failNext(({ method }) => method === 'GET', { cut: 'after', times: 3 });
  await expect(scripts()).rejects.toMatchObject({ code: 'unreachable' });
});
