/** With whose rights, and in which account, a deployment is done: as wrangler itself would find them. */
import { findWranglerProgram } from '../../../derive/wrangler.ts';
import { CliFailure, exitCode } from '../../failure.ts';
import { runWrangler } from '../run/run-wrangler.ts';
import { type Credentials, neededPermissions } from './cloudflare-api.ts';

/** From the environment; else what `wrangler auth token` says in the project's folder: its .env files, or wrangler's login. */
export async function findCredentials(env: NodeJS.ProcessEnv, directory: string): Promise<Credentials> {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_API_KEY: key, CLOUDFLARE_EMAIL: email } = env;
  if (token) return { token };
  if (key && email) return { key, email };
  const run = await runWrangler(findWranglerProgram(directory), ['auth', 'token', '--json'], { cwd: directory, env });
  const found = credentialsIn(run.output);
  if (run.code === 0 && found !== undefined) return found;
  throw new CliFailure(
    'no_credentials',
    `no access to Cloudflare: set CLOUDFLARE_API_TOKEN to an API token with these permissions: ${neededPermissions}; or run \`npx wrangler login\``,
    exitCode.unreachable,
  );
}

function credentialsIn(output: string): Credentials | undefined {
  try {
    const said = JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as Record<string, unknown>;
    if (typeof said.token === 'string') return { token: said.token };
    if (typeof said.key === 'string' && typeof said.email === 'string') return { key: said.key, email: said.email };
  } catch {
    // A wrangler that does not know the command answers with its help.
  }
  return undefined;
}

/** What the processes that wrangler runs in need in their environment to have the same rights in the same account. */
export function wranglerEnv(
  env: NodeJS.ProcessEnv,
  credentials: Credentials,
  accountId: string,
): Readonly<Record<string, string | undefined>> {
  const rights =
    'token' in credentials
      ? { CLOUDFLARE_API_TOKEN: credentials.token }
      : { CLOUDFLARE_API_KEY: credentials.key, CLOUDFLARE_EMAIL: credentials.email };
  return { ...env, ...rights, CLOUDFLARE_ACCOUNT_ID: accountId };
}

/** The one account that the configs and CLOUDFLARE_ACCOUNT_ID name; undefined where they name none. */
export function namedAccount(
  configs: readonly { readonly path: string; readonly accountId?: string }[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  const named = [
    ...configs.flatMap(({ path, accountId }) => (accountId === undefined ? [] : [{ place: path, accountId }])),
    ...(env.CLOUDFLARE_ACCOUNT_ID ? [{ place: 'CLOUDFLARE_ACCOUNT_ID', accountId: env.CLOUDFLARE_ACCOUNT_ID }] : []),
  ];
  const [first] = named;
  const other = named.find(({ accountId }) => accountId !== first?.accountId);
  if (first !== undefined && other !== undefined)
    throw new CliFailure(
      'accounts_differ',
      `a mesh lives in one account: ${first.place} says ${first.accountId}, and ${other.place} says ${other.accountId}`,
      exitCode.usage,
    );
  return first?.accountId;
}
