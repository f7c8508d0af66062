/** HTTP client of the admin API. */
import type { ControlErrorBody } from '../../control/api-types.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { accessHeaders, type ControlAddress, findControl } from './find-control.ts';

/** A server that does not answer within this many milliseconds counts as unreachable. */
const patienceMs = 15_000;

export interface ControlClient {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** Where a Worker of the mesh answers, and with which token; some paths want none. */
export interface ServerAddress extends Omit<ControlAddress, 'token'> {
  readonly name: 'control' | 'identity';
  readonly token: string | undefined;
}

function unreachable(address: ServerAddress, cause: unknown): CliFailure {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message : String(inner);
  const hint = address.pid === undefined ? '' : '; is `selvedge dev` still running?';
  return new CliFailure(
    'unreachable',
    `cannot reach ${address.name} at ${address.url}: ${reason}${hint}`,
    exitCode.unreachable,
  );
}

/** Codes of identity for proofs and persons; the door itself was open. */
const aboutWhoAsks = new Set(['proof_failed', 'identity_revoked']);

/** A refusal as a failure of the command. */
function refused(name: string, status: number, body: Partial<ControlErrorBody>): CliFailure {
  const { code = 'unexpected_answer', message = `${name} answered ${status}`, ...details } = body.error ?? {};
  const shut = (status === 401 || status === 403 || status === 421 || status >= 500) && !aboutWhoAsks.has(code);
  return new CliFailure(code, message, shut ? exitCode.unreachable : exitCode.findings, details);
}

export async function connectControl(args: { control?: string; token?: string }): Promise<ControlClient> {
  const { token, ...address } = await findControl(args);
  return jsonClient({ ...address, token, name: 'control' });
}

/** A client of a Worker of the mesh that speaks JSON. */
export function jsonClient(address: ServerAddress): ControlClient {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (address.token !== undefined) headers.authorization = `Bearer ${address.token}`;
    // Only to an address that a person gave: this machine's own control stands behind no Access.
    if (address.pid === undefined) Object.assign(headers, accessHeaders());
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(patienceMs);
      response = await fetch(address.url + path, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        // Nowhere else than where it was meant for goes what proves who asks.
        redirect: 'manual',
        signal,
      });
      text = await response.text();
    } catch (cause) {
      throw unreachable(address, cause);
    }
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      const what = `${address.url} answered ${response.status} without JSON; is it ${address.name}?`;
      throw new CliFailure('unexpected_answer', what, exitCode.unreachable);
    }
    if (!response.ok) throw refused(address.name, response.status, parsed as Partial<ControlErrorBody>);
    return parsed as T;
  };
  return {
    url: address.url,
    get: (path) => call('GET', path),
    send: (method, path, body) => call(method, path, body),
  };
}
