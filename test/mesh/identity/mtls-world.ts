/** A mesh behind a TLS terminator, authorities of all kinds, and clients with certificates good and bad. */

import { make, makeLeafOf, type Party, pem, type Wish } from '../../identity/ca/certificates.ts';
import {
  type CredentialFiles,
  type Credentials,
  credentialFiles,
  credentialsOf,
  serverOf,
  valid,
} from '../../support/certificate-files.ts';
import { type EdgeMesh, type EdgeMeshOptions, startEdgeMesh } from '../../support/edge-mesh.ts';
import type { IdentityDoor } from '../../support/identity-door.ts';
import { identityDoor } from '../../support/identity-door.ts';
import { askByCurl, askByNode } from '../../support/tls-client.ts';
import { startTlsFront, type TlsFront } from '../../support/tls-front.ts';

const echo = `export default {
  fetch(request) {
    const { headers } = request;
    const [, caller = ''] = /caller=([^;]*)/.exec(headers.get('selvedge-context') ?? '') ?? [];
    return Response.json({ caller: decodeURIComponent(caller), clientCert: headers.get('x-forwarded-client-cert'), user: headers.get('x-user') ?? undefined });
  }
}`;

export interface Answer {
  readonly status: number;
  /** Who called, as the callee learns it; `''` for nobody. */
  readonly caller?: string;
  readonly clientCert?: string | null;
  /** What a token told the callee. */
  readonly user?: string;
  /** Of an error of the mesh. */
  readonly code?: string;
}

export interface World {
  readonly mesh: EdgeMesh;
  readonly front: TlsFront;
  readonly identity: IdentityDoor;
  /** Asks the service whose name is the first label of its host. */
  ask(service: string, credentials?: Credentials, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  askByNode(service: string, credentials?: Credentials): Promise<Answer>;
  stop(): Promise<void>;
}

const domain = 'mtls.example';

export interface ServiceWish {
  /** `authentication.mtls` of the document. */
  readonly mtls?: object;
  readonly strict?: boolean;
  /** `authentication.jwt` of the document. */
  readonly jwt?: readonly object[];
}

/** Each service has the public host of its name; `platformCa` is the authority by which the platform verifies clients. */
export async function startWorld(
  services: Readonly<Record<string, ServiceWish>>,
  platformCa: Party,
  more: Partial<EdgeMeshOptions> = {},
): Promise<World> {
  const names = Object.keys(services);
  const mesh = await startEdgeMesh({
    workers: { echo },
    upstreams: { echo: false },
    vars: { SERVICES: names, DECLARED: {} },
    registry: Object.fromEntries(
      Object.entries(services).map(([service, { mtls, jwt, strict }]) => [
        `service/${service}`,
        {
          service,
          public: { hosts: [`${service}.${domain}`] },
          ...(mtls === undefined ? {} : { authentication: { mtls, ...(jwt && { jwt }) } }),
          ...(strict ? { access: { mode: 'strict' } } : {}),
          versions: { v1: { worker: 'echo' } },
        },
      ]),
    ),
    ...more,
  });
  const fetcher = async (name: string) => (await mesh.mf.getWorker(name)) as unknown as { fetch: typeof fetch };
  const edge = await fetcher('payment-edge');
  const door = await fetcher('identity');
  const serverCa = await make({ name: 'CN=server ca', ...valid() });
  const front = await startTlsFront({
    ...(await serverOf(serverCa, `*.${domain}`)),
    clientCas: [pem(platformCa.certificate.der)],
    forward: (url, init) => edge.fetch(url, init),
  });
  const files: CredentialFiles = await credentialFiles();
  const ca = pem(serverCa.certificate.der);
  const { cert: caFile } = await files.write({ cert: ca, key: '' });
  const question = (service: string) => ({ host: `${service}.${domain}`, port: front.port });
  return {
    mesh,
    front,
    identity: identityDoor((url, init) => door.fetch(url, init), 'mesh.local', 'operator'),
    ask: async (service, credentials, headers = {}) =>
      answerOf(await askByCurl({ ...question(service), headers, ...(credentials && { credentials }) }, caFile, files)),
    askByNode: async (service, credentials) =>
      answerOf(await askByNode({ ...question(service), ...(credentials && { credentials }) }, ca)),
    stop: async () => {
      await front.close();
      await mesh.stop();
      await files.remove();
    },
  };
}

/** Reads what the echo, or the mesh itself, has answered. */
export function answerOf({ status, body }: { readonly status: number; readonly body: string }): Answer {
  const { error, ...rest } = JSON.parse(body) as Omit<Answer, 'status'> & {
    readonly error?: { readonly code: string };
  };
  return { status, ...rest, ...(error === undefined ? {} : { code: error.code }) };
}

/** Of another trust domain: a root, an intermediate below it, and leaves by both. */
export interface Partner {
  readonly root: Party;
  readonly intermediate: Party;
  /** The bundle that operators give to the identity Worker. */
  readonly bundle: object;
  leaf(wish?: Wish): Promise<Credentials>;
}

export async function makePartner(id: string): Promise<Partner> {
  const root = await make({ name: 'CN=partner root', ...valid() });
  const intermediate = await make({ name: 'CN=partner intermediate', issuer: root, ...valid() });
  const x5c = [Buffer.from(root.certificate.der).toString('base64')];
  const jwk = await crypto.subtle.exportKey('jwk', root.keys.publicKey);
  return {
    root,
    intermediate,
    bundle: { keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, use: 'x509-svid', x5c }] },
    leaf: async (wish = {}) => {
      const names = [{ type: 'url' as const, value: id }];
      const leaf = await makeLeafOf(intermediate, { name: 'CN=partner', names, ...valid(), ...wish });
      return credentialsOf(leaf, intermediate);
    },
  };
}
