/** HTTP client of the admin API. */
import type { ControlErrorBody } from '../control/api-types.ts';
import { CliFailure, exitCode } from './failure.ts';
import { accessHeaders, type ControlAddress, findControl } from './find-control.ts';

/** A control that does not answer within this many milliseconds counts as unreachable. */
const patienceMs = 15_000;

export interface ControlClient {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

function unreachable(address: ControlAddress, cause: unknown): CliFailure {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message : String(inner);
  const hint = address.pid === undefined ? '' : '; is `selvedge dev` still running?';
  return new CliFailure(
    'unreachable',
    `cannot reach control at ${address.url}: ${reason}${hint}`,
    exitCode.unreachable,
  );
}

/** A refusal of control as a failure of the command. */
function refused(status: number, body: Partial<ControlErrorBody>): CliFailure {
  const { code = 'unexpected_answer', message = `control answered ${status}`, ...details } = body.error ?? {};
  const shut = status === 401 || status === 403 || status === 421 || status >= 500;
  return new CliFailure(code, message, shut ? exitCode.unreachable : exitCode.findings, details);
}

export async function connectControl(args: { control?: string; token?: string }): Promise<ControlClient> {
  const address = await findControl(args);
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
      const what = `${address.url} answered ${response.status} without JSON; is it control?`;
      throw new CliFailure('unexpected_answer', what, exitCode.unreachable);
    }
    if (!response.ok) throw refused(response.status, parsed as Partial<ControlErrorBody>);
    return parsed as T;
  };
  return {
    url: address.url,
    get: (path) => call('GET', path),
    send: (method, path, body) => call(method, path, body),
  };
}
