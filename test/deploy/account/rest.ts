/** Calls to an account without wrangler, as a deploy tool makes them. */
import type { Account } from './account.ts';

export interface RestAnswer {
  readonly status: number;
  readonly result: unknown;
  /** Codes of the errors. */
  readonly codes: readonly number[];
}

/** `body` is sent as JSON, or as it is where it is a form. `:account` in the path stands for the account's id. */
export async function rest(account: Account, method: string, path: string, body?: unknown): Promise<RestAnswer> {
  const form = body instanceof FormData;
  const response = await fetch(account.api.base + path.replace(':account', account.accountId), {
    method,
    headers: {
      authorization: `Bearer ${account.api.token}`,
      ...(form || body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: form ? body : body === undefined ? null : JSON.stringify(body),
  });
  const answer = (await response.json()) as { result: unknown; errors: { code: number }[] };
  return { status: response.status, result: answer.result, codes: answer.errors.map(({ code }) => code) };
}

/** The form of an upload of one module, with what else the metadata has. */
export function uploadForm(code: string, metadata: Readonly<Record<string, unknown>> = {}): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ main_module: 'main.js', compatibility_date: '2026-05-01', ...metadata }));
  form.set('main.js', new Blob([code], { type: 'application/javascript+module' }), 'main.js');
  return form;
}
