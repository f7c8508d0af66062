/** The identity Worker on workerd, with a caller before it that has every kind of binding. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import type { KeySchedule } from '../../src/identity/keys/signing-keys.ts';
import { encryptionKey } from '../support/encryption-key.ts';
import { bundle } from './bundle.ts';

export const trustDomain = 'mesh.test';
export const operatorToken = 'a-secret-for-this-test';

/** What the tests start: the bundle as wrangler makes it, and the Worker that calls it. */
export interface Code {
  readonly identity: string;
  readonly caller: string;
}

export async function readCode(): Promise<Code> {
  const [identity, caller] = await Promise.all([
    bundle('workers/identity/wrangler.toml'),
    readFile(join(import.meta.dirname, 'workers/caller.js'), 'utf8'),
  ]);
  return { identity, caller };
}

export interface StartOptions {
  readonly schedule?: Partial<KeySchedule & CertificateSchedule>;
  readonly token?: string;
  readonly persist?: string;
  /** Vars and secrets beside, `undefined` for one that is not set. */
  readonly bindings?: Readonly<Record<string, string | undefined>>;
}

export function startIdentity(code: Code, options: StartOptions = {}): Miniflare {
  const identity = (props?: unknown, entrypoint: string | undefined = 'Identity') => ({
    name: 'identity',
    entrypoint,
    props,
  });
  const date = '2026-04-21';
  const bindings = { ENCRYPTION_KEY: encryptionKey, ...options.bindings };
  return new Miniflare({
    cf: false,
    port: 0,
    defaultPersistRoot: options.persist,
    durableObjectsPersist: options.persist !== undefined,
    workers: [
      {
        name: 'identity',
        compatibilityDate: date,
        modules: true,
        script: code.identity,
        durableObjects: { KEY_AUTHORITY: { className: 'KeyAuthority', useSQLite: true } },
        bindings: {
          ...Object.fromEntries(Object.entries(bindings).filter(([, value]) => value !== undefined)),
          ...(options.token && { TOKEN: options.token }),
          ...(options.schedule && { SCHEDULE: options.schedule }),
        },
      },
      {
        name: 'caller',
        compatibilityDate: date,
        modules: true,
        script: code.caller,
        serviceBindings: {
          ORDERS: identity({ service: 'orders', trustDomain }),
          PARTNER: identity({ service: 'orders', trustDomain: 'partner.test' }),
          BARE: identity(),
          ODD_SERVICE: identity({ service: 'a/../b', trustDomain }),
          ODD_DOMAIN: identity({ service: 'orders', trustDomain: 'Mesh Test' }),
          OPERATOR: identity({ operator: 'control', trustDomain }, 'Operator'),
          FALSE_OPERATOR: identity({ service: 'orders', trustDomain }, 'Operator'),
          DEFAULT: { name: 'identity', props: { service: 'orders', trustDomain, operator: 'control' } },
        },
      },
    ],
  } as unknown as ConstructorParameters<typeof Miniflare>[0]);
}

/** What the caller answers. */
export interface Said {
  readonly value?: unknown;
  readonly status?: number;
  readonly body?: string;
  readonly thrown?: string;
}

export async function call(mf: Miniflare, what: Record<string, unknown>): Promise<Said> {
  const worker = (await mf.getWorker('caller')) as unknown as { fetch: typeof fetch };
  return (await (await worker.fetch('http://caller/', { method: 'POST', body: JSON.stringify(what) })).json()) as Said;
}

/** Calls a method of one of the caller's bindings. */
export function ask(mf: Miniflare, binding: string, method: string, ...args: unknown[]): Promise<Said> {
  return call(mf, { binding, method, args });
}
