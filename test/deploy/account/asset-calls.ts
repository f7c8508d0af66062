/** Static assets: an upload session says which files are missing, the files come, and a completion token goes with the Worker. */
import type { AccountState, DeployedAssets } from './account-state.ts';
import { newId } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, formParts, jsonBody, on } from './api-call.ts';
import { ApiFailure } from './api-failure.ts';

/** Files to a bucket, small enough that a test with a few files sees several. */
const bucketSize = 3;
const sessionSeconds = 3600;

/** A token that reads as a JWT, since wrangler looks at its expiry. */
function tokenFor(kind: 'session' | 'completion', session: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + sessionSeconds;
  return [part({ alg: 'none', typ: 'JWT' }), part({ kind, session, exp }), part('signature')].join('.');
}

function readToken(token: string): { readonly kind: string; readonly session: string } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  } catch {
    throw new ApiFailure(401, 10013, 'The token of the asset upload is invalid.');
  }
}

function missingFiles(state: AccountState, manifest: DeployedAssets['manifest']): string[] {
  const hashes = new Set(Object.values(manifest).map(({ hash }) => hash));
  return [...hashes].filter((hash) => !state.assetFiles.has(hash));
}

function startSession(call: ApiCall, state: AccountState): ApiReply {
  const manifest = jsonBody(call).manifest as DeployedAssets['manifest'];
  const session = newId();
  state.assetSessions.set(session, { script: call.params.name ?? '', manifest });
  const missing = missingFiles(state, manifest);
  const buckets: string[][] = [];
  for (let start = 0; start < missing.length; start += bucketSize)
    buckets.push(missing.slice(start, start + bucketSize));
  return { result: { jwt: tokenFor(missing.length === 0 ? 'completion' : 'session', session), buckets } };
}

async function takeFiles(call: ApiCall, state: AccountState): Promise<ApiReply> {
  const token = readToken((call.headers.authorization ?? '').replace(/^Bearer /, ''));
  const session = state.assetSessions.get(token.session);
  if (token.kind !== 'session' || session === undefined)
    throw new ApiFailure(401, 10013, 'The token of the asset upload is invalid.');
  const wanted = Object.values(session.manifest).map(({ hash }) => hash);
  for (const { name: hash, type, contents } of await formParts(call)) {
    if (!wanted.includes(hash)) throw new ApiFailure(400, 10021, `The manifest has no file "${hash}".`);
    const contentType = type === 'application/null' ? undefined : type;
    state.assetFiles.set(hash, { contents: Buffer.from(contents.toString(), 'base64'), contentType });
  }
  const complete = missingFiles(state, session.manifest).length === 0;
  return {
    status: complete ? 201 : 202,
    result: complete ? { jwt: tokenFor('completion', token.session) } : {},
  };
}

/** The manifest that a completion token stands for. */
export function completedAssets(state: AccountState, script: string, token: string): DeployedAssets['manifest'] {
  const { kind, session } = readToken(token);
  const found = state.assetSessions.get(session);
  if (kind !== 'completion' || found === undefined || found.script !== script)
    throw new ApiFailure(400, 10303, 'The completion token of the asset upload is invalid.');
  return found.manifest;
}

export const assetCalls: readonly ApiRoute[] = [
  on('POST', '/accounts/:account/workers/scripts/:name/assets-upload-session', 'begin assets of {name}', startSession),
  on('POST', '/accounts/:account/workers/assets/upload', 'upload assets', takeFiles),
];
