/** The mesh that is attacked: the edge as it is shipped, before services that each stand for one decision, and the ways to its doors. */
import type { IdentityAuthority } from '../../../src/identity/authority.ts';
import { type RawAnswer, rawConnect, rawExchange, readUntil } from '../../parity/raw-http.ts';
import { type EdgeBinding, type EdgeMesh, startEdgeMesh } from '../../support/edge-mesh.ts';
import { askedWorker, askingServices } from './asked-worker.ts';
import { startMirror } from './mirror.ts';
import type { Outcome, Seen } from './outcome.ts';
import { callee, caller, relay } from './workers.ts';

/** The normalisations by the name of the service that has them. */
export const modes = {
  base: 'base',
  merge: 'merge-slashes',
  decode: 'decode-and-merge-slashes',
  none: 'none',
} as const;
export type Mode = keyof typeof modes;
export const modeNames = Object.keys(modes) as readonly Mode[];

/** What every `/admin` is closed by; `none` may have no rule by path. */
const closedAdmin = { rules: [{ name: 'no-admin', action: 'deny', to: { paths: ['/admin', '/admin/*'] } }] };

const pathService = (name: Mode) => ({
  service: name,
  public: { hosts: [`${name}.example`] },
  versions: { v1: { worker: 'callee' } },
  routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
  normalization: modes[name],
  ...(name === 'none' ? {} : { access: closedAdmin }),
});

/** Forwards paths as they came, and sends bodies anew. */
const kept = {
  ...pathService('none'),
  service: 'kept',
  public: { hosts: ['kept.example'] },
  routes: [{ name: 'default', retry: { attempts: 1 }, backends: [{ version: 'v1' }] }],
};

/** Judges by method, by host and by header, and tells its callee the client's address. */
const gate = {
  service: 'gate',
  public: { hosts: ['gate.example', '*.gate.example'], clientAddress: { trustedProxies: 1, header: 'x-client' } },
  versions: { v1: { worker: 'callee' }, v2: { worker: 'privileged' } },
  routes: [
    {
      name: 'staff',
      matches: [
        { headers: [{ name: 'x-role', value: 'staff' }] },
        { headers: [{ name: 'x-user', value: 'root' }] },
        { headers: [{ name: 'x-kind', type: 'RegularExpression', value: 'st.*' }] },
      ],
      backends: [{ version: 'v2' }],
    },
    { name: 'default', backends: [{ version: 'v1' }] },
  ],
  access: {
    rules: [
      { name: 'no-delete', action: 'deny', to: { methods: ['DELETE'] } },
      { name: 'no-inner-host', action: 'deny', to: { hosts: ['inner.gate.example'] } },
      { name: 'no-guests', action: 'deny', when: [{ key: 'request.headers[x-guest]', values: ['yes'] }] },
      { name: 'no-socket', action: 'deny', to: { paths: ['/socket'] } },
      { name: 'no-secrets', action: 'deny', to: { paths: ['/files/{*}/secret', '/vault/{**}'] } },
    ],
  },
};

/** Answers or readdresses by its document. */
const moved = {
  service: 'moved',
  public: { hosts: ['moved.example'] },
  versions: { v1: { worker: 'callee' } },
  routes: [
    {
      name: 'redirect-prefix',
      matches: [{ path: { type: 'PathPrefix', value: '/old' } }],
      filters: [
        {
          type: 'RequestRedirect',
          requestRedirect: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' }, statusCode: 302 },
        },
      ],
    },
    {
      name: 'rewrite-prefix',
      matches: [{ path: { type: 'PathPrefix', value: '/api' } }],
      filters: [
        { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v1' } } },
      ],
      backends: [{ version: 'v1' }],
    },
    {
      name: 'rewrite-regex',
      matches: [{ path: { type: 'PathPrefix', value: '/regex' } }],
      filters: [
        {
          type: 'URLRewrite',
          urlRewrite: {
            path: {
              type: 'ReplaceRegexMatch',
              replaceRegexMatch: { pattern: '^/regex/a(.*)b(.*)$', substitution: '/\\1\\2' },
            },
          },
        },
      ],
      backends: [{ version: 'v1' }],
    },
    {
      name: 'direct',
      matches: [{ path: { type: 'PathPrefix', value: '/direct' } }],
      filters: [{ type: 'DirectResponse', directResponse: { status: 200, body: 'fixed' } }],
    },
  ],
};

/** Answers callers that have proven who they are, and nobody outside of the mesh. */
const inner = {
  service: 'inner',
  versions: { v1: { worker: 'callee' } },
  access: { mode: 'strict', rules: [{ action: 'allow', from: { principals: ['orders'] } }] },
};

/** Answers one partner, known by its client certificate. */
const partner = {
  service: 'partner',
  public: { hosts: ['partner.example'] },
  versions: { v1: { worker: 'callee' } },
  authentication: { mtls: { certificates: [{ fingerprint: 'ab'.repeat(32), principal: 'partner' }] } },
  access: { mode: 'strict', rules: [{ action: 'allow', from: { principals: ['partner'] } }] },
};

/** Appendix A.2 of RFC 7517; no row signs with it. */
const someKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  kid: '1',
};

/** Stands for a service beyond the account. */
const beyond = (url: string) => ({
  service: 'beyond',
  public: { hosts: ['beyond.example'], clientAddress: { header: 'x-client' } },
  versions: { v1: { url: `${url}/base` } },
  routes: [{ name: 'default', backends: [{ version: 'v1' }] }],
  access: {
    providers: {
      opa: { worker: 'asked', pathPrefix: '/check', requestHeaders: ['x-verdict'], upstreamHeaders: ['x-asked'] },
    },
    rules: [{ action: 'custom', provider: 'opa', to: { paths: ['/asked'] } }],
  },
  authentication: {
    jwt: [
      {
        issuer: 'https://idp.example',
        jwks: { keys: [someKey] },
        outputPayloadToHeader: 'x-user-payload',
        outputClaimToHeaders: [{ header: 'x-user-group', claim: 'group' }],
      },
    ],
  },
});

/** Bindings that no derivation writes. Props are JSON, so a config may hold anything. */
const oddBindings = {
  PUBLIC: { entrypoint: undefined, upstream: 'default', service: 'inner' },
  RPC_inner: { entrypoint: 'MeshRpc', upstream: 'default', service: 'inner', caller: 'stranger' },
  STRANGER_inner: { entrypoint: 'Mesh', upstream: 'default', service: 'inner', caller: 'stranger' },
  STRANGER_remembering: { entrypoint: 'Mesh', upstream: 'default', service: 'remembering', caller: 'stranger' },
  NAMELESS_inner: { entrypoint: 'Mesh', upstream: 'default', service: 'inner', caller: '' },
  NOBODY: { entrypoint: 'Mesh', upstream: 'default', service: 'nobody' },
  ELSEWHERE: { entrypoint: 'Mesh', upstream: 'elsewhere', service: 'base' },
  NUMBER: { entrypoint: 'Mesh', upstream: 'default', service: 'inner', caller: 7 },
  LIST: { entrypoint: 'Mesh', upstream: 'default', service: 'inner', caller: ['orders'] },
  NOTHING: { entrypoint: 'Mesh', upstream: null, service: 'inner' },
} as unknown as Readonly<Record<string, EdgeBinding>>;

export interface WorldOptions {
  /** Documents of more services, by service. */
  readonly services?: Readonly<Record<string, object>>;
  /** The edge believes that it runs in development, where keys may be fetched from this machine. */
  readonly development?: boolean;
  /** More of the mesh document. */
  readonly mesh?: object;
}

export interface World {
  readonly edge: EdgeMesh;
  /** Bytes at the socket of the public door. */
  raw(request: string): Promise<Outcome>;
  /** Bytes at the socket of a Worker that hands the request on to a service's mesh door. */
  relayed(service: string, request: string): Promise<Outcome>;
  /** Several requests on one connection: the status of each answer. */
  pipelined(requests: string, answers: number): Promise<readonly number[]>;
  /** A Worker's own call by a binding. */
  via(binding: string, url: string, init?: object): Promise<Outcome>;
  /** A Worker's own call whose URL no parser has touched. */
  viaLegacy(binding: string, url: string): Promise<Outcome>;
  /** A JWT-SVID of the service `payment`, by the mesh's own authority. */
  svid(audience: string): Promise<string>;
  rpc(binding: string, method: string, ...args: readonly unknown[]): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}

/** A request line and header lines as bytes; `body` is put behind them as it is. */
export function head(method: string, target: string, host: string, headers: readonly string[] = [], body = ''): string {
  return `${[`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...headers].join('\r\n')}\r\n\r\n${body}`;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const mirror = await startMirror();
  const own = [...modeNames.map(pathService), kept, gate, moved, inner, partner, beyond(mirror.url)];
  const documents: Record<string, object> = Object.fromEntries(own.map((document) => [document.service, document]));
  Object.assign(documents, askingServices, options.services ?? {});
  const services = Object.keys(documents);
  const toService = (service: string): EdgeBinding => ({ entrypoint: 'Mesh', upstream: 'default', service });
  const edge = await startEdgeMesh({
    workers: {
      callee: callee('callee'),
      privileged: callee('privileged'),
      asked: askedWorker,
      relay,
      caller,
      legacy: caller,
    },
    upstreams: { callee: false, privileged: false, asked: false },
    sockets: ['payment-edge', 'relay'],
    // Before this date a URL goes out as the code wrote it.
    dates: { legacy: '2021-11-02' },
    edgeBindings: {
      ...Object.fromEntries(services.map((service) => [`TO_${service}`, toService(service)])),
      ...oddBindings,
    },
    registry: {
      mesh: { carry: ['x-user'], ...options.mesh },
      ...Object.fromEntries(Object.entries(documents).map(([service, document]) => [`service/${service}`, document])),
    },
    vars: {
      SERVICES: services,
      DECLARED: {},
      HOSTS: options.development ? { 'development.localhost': 'base' } : {},
      REFRESH_SECONDS: 600,
    },
    // The runtime tells of each request that it refuses.
    onStderr: () => {},
  });
  const [publicDoor, relayDoor] = await Promise.all([edge.socket('payment-edge'), edge.socket('relay')]);
  const ask = async (worker: string, what: object) =>
    edge.ask(worker, '/', { method: 'POST', body: JSON.stringify(what) });
  return {
    edge,
    raw: async (request) => rawOutcome(publicDoor, request),
    pipelined: async (requests, answers) => {
      const socket = await rawConnect(publicDoor);
      socket.write(requests, 'latin1');
      const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
      const text = await readUntil(socket, (sofar) => statuses(sofar).length >= answers);
      socket.destroy();
      return statuses(text);
    },
    relayed: async (service, request) => rawOutcome(relayDoor, request.replace(/\r\n/, `\r\nX-Via: TO_${service}\r\n`)),
    via: async (binding, url, init) => outcomeOf(await ask('caller', { binding, url, init })),
    viaLegacy: async (binding, url) => outcomeOf(await ask('legacy', { binding, url })),
    rpc: async (binding, method, ...args) => {
      const answer = await ask('caller', { binding, rpc: { method, args } });
      return { status: answer.status, body: await answer.text() };
    },
    svid: async (audience) => {
      const { IDENTITY } = (await edge.mf.getBindings('payment-edge')) as unknown as { IDENTITY: IdentityAuthority };
      const issued = await IDENTITY.issue({ audience });
      if ('error' in issued) throw new Error(issued.error.message);
      return issued.token;
    },
    stop: async () => {
      await edge.stop();
      mirror.stop();
    },
  };
}

async function rawOutcome(door: string, request: string): Promise<Outcome> {
  let answer: RawAnswer;
  try {
    answer = await rawExchange(door, request);
  } catch {
    return { status: 0, code: '', seen: undefined, headers: {}, text: '' };
  }
  const headers = answer.headers.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  const text = Buffer.from(answer.body, 'latin1').toString('utf8');
  return read(Number(answer.line.split(' ')[1]), Object.fromEntries(headers), text);
}

async function outcomeOf(answer: Response): Promise<Outcome> {
  const headers: Record<string, string> = {};
  answer.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return read(answer.status, headers, await answer.text());
}

function read(status: number, headers: Readonly<Record<string, string>>, text: string): Outcome {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { status, code: '', seen: undefined, headers, text };
  }
  const { error, worker } = value as { error?: { code?: string }; worker?: string };
  const seen = worker === undefined ? undefined : (value as Seen);
  return { status, code: error?.code ?? '', seen, headers, text: seen === undefined ? text : '' };
}
