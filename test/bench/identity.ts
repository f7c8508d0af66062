/**
 * What proving who calls costs: the same edge with and without identity, at both doors. With it, each call brings an end user's token that
 * the edge has verified before, and five access rules decide by caller, end user, claims, method and path. Without it, the same call
 * with the same token goes through the same routes, and nobody looks at it.
 */
import { importJWK, SignJWT } from 'jose';
import type { ServiceDocument } from '../../src/model/schema/service.ts';
import { benchWorker, type RunningMesh, startMesh } from './bench-mesh.ts';
import { type Effort, measureCpu } from './compare.ts';
import { type BenchDocuments, benchService, everythingOn } from './documents.ts';
import { eachInTurn } from './each-in-turn.ts';
import {
  bundleProduct,
  edgeConfigPath,
  edgeWorker,
  meshBinding,
  type ProductBundles,
  telemetryWorker,
  writeDocuments,
} from './edge-parts.ts';
import { edgePlatform, type Platform } from './platform.ts';
import { isNoisy, type Round, type Spread, spread } from './statistics.ts';

export interface IdentityFigures {
  readonly rounds: readonly Round[];
  readonly noisy: boolean;
}

const issuer = 'https://issuer.bench.example';
const doors = ['mesh', 'public'] as const;
/** The pass-through and its twin tell how noisy the run was. */
const paths = ['direct', 'pass', 'twin', ...doors.flatMap((door) => [`${door}-open`, `${door}-known`])];

const full: Effort = { rounds: 8, cycles: 16, calls: 512 };
const quick: Effort = { rounds: 3, cycles: 6, calls: 512 };

/** Measures on edges of their own, in one process, by turns. */
export async function measureIdentity(
  isQuick: boolean,
  progress: (text: string) => void = () => {},
): Promise<IdentityFigures> {
  const platform = edgePlatform(edgeConfigPath);
  progress('bundling edge and telemetry');
  const bundles = await bundleProduct();
  const { token, publicJwk } = await userToken();
  const mesh = await startMesh(workers(bundles, platform, token));
  try {
    const without = openDocuments();
    await eachInTurn(doors, async (door) => {
      await writeDocuments(mesh.miniflare, `${door}-open`, without);
      await writeDocuments(mesh.miniflare, `${door}-known`, knowingDocuments(without, publicJwk));
    });
    await verifyRefusals(mesh);
    progress('CPU of identity');
    const rounds = await measureCpu(mesh, 'fetch', paths, isQuick ? quick : full);
    return { rounds, noisy: isNoisy(rounds) };
  } finally {
    await mesh.stop();
  }
}

/** CPU that an edge adds to a call with identity, as a multiple of what it adds without, round by round. */
export function identityRatio({ rounds }: IdentityFigures, door: (typeof doors)[number]): Spread {
  return spread(
    rounds.map((round) => {
      const direct = round.direct as number;
      return ((round[`${door}-known`] as number) - direct) / ((round[`${door}-open`] as number) - direct);
    }),
  );
}

export function identityJson(figures: IdentityFigures): Record<string, unknown> {
  const ratios = doors.map((door) => [door, rounded(identityRatio(figures, door))] as const);
  return { addedCpuRatio: Object.fromEntries(ratios), noisy: figures.noisy };
}

export function identityLines(figures: IdentityFigures): string[] {
  const { rounds, noisy } = figures;
  const lines = [
    '',
    `CPU that an edge adds with identity, five access rules and a verified user token, over the same edge without; median of ${rounds.length} rounds (min..max)${noisy ? '  NOISY' : ''}`,
  ];
  for (const door of doors) {
    const { median, min, max } = identityRatio(figures, door);
    const added = (kind: string): number =>
      spread(rounds.map((round) => (round[`${door}-${kind}`] as number) - (round.direct as number))).median;
    lines.push(
      `  ${`${door} door`.padEnd(12)} ratio ${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})   +${added('open').toFixed(1)} us without, +${added('known').toFixed(1)} us with`,
    );
  }
  return lines;
}

function rounded({ median, min, max }: Spread): Spread {
  const digits = (value: number): number => Number(value.toFixed(3));
  return { median: digits(median), min: digits(min), max: digits(max) };
}

/** A token as large as real ones, with groups and an audience, and the key that verifies it. */
async function userToken(): Promise<{ readonly token: string; readonly publicJwk: Record<string, unknown> }> {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const { kty, crv, x, y } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as Record<string, string>;
  const privateJwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as Record<string, unknown>;
  const key = await importJWK({ ...privateJwk, alg: 'ES256' } as Parameters<typeof importJWK>[0]);
  const token = await new SignJWT({ groups: ['customers', 'testers'], email: 'alice@example.com', scope: 'read write' })
    .setProtectedHeader({ alg: 'ES256', kid: 'bench', typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject('alice')
    .setAudience('bench')
    .setIssuedAt()
    .setExpirationTime('2h')
    .sign(key);
  return { token, publicJwk: { kty, crv, x, y, kid: 'bench', alg: 'ES256', use: 'sig' } };
}

function openDocuments(): BenchDocuments {
  const { access: _, ...service } = everythingOn.service;
  return { mesh: everythingOn.mesh, service: { ...service, public: { hosts: ['bench.internal', '127.0.0.1'] } } };
}

function knowingDocuments({ mesh, service }: BenchDocuments, publicJwk: Record<string, unknown>): BenchDocuments {
  const rules: NonNullable<ServiceDocument['access']>['rules'] = [
    { action: 'deny', from: { principals: ['intruder'], notNamespaces: ['ops'] } },
    { action: 'deny', to: { paths: ['/admin/*'], rpc: ['admin*'] } },
    { action: 'allow', from: { requestPrincipals: [`${issuer}/bob`] }, to: { methods: ['POST'], paths: ['/charge'] } },
    {
      action: 'allow',
      to: { paths: ['/reports/*'] },
      when: [{ key: 'request.auth.claims[groups]', values: ['reporters'] }],
    },
    {
      action: 'allow',
      from: { requestPrincipals: [`${issuer}/*`] },
      to: { methods: ['GET'], paths: ['/items/{*}'] },
      when: [{ key: 'request.auth.claims[groups]', values: ['customers'] }],
    },
  ];
  return {
    mesh,
    service: {
      ...service,
      access: { mode: 'strict', rules },
      authentication: {
        jwt: [{ issuer, audiences: ['bench'], jwks: { keys: [publicJwk] }, forwardOriginalToken: true }],
      },
    },
  };
}

function workers(bundles: ProductBundles, platform: Platform, token: string) {
  const serviceBindings = {
    direct: 'service-v1',
    pass: 'pass',
    twin: 'twin',
    ...Object.fromEntries(
      doors.flatMap((door) =>
        [`${door}-open`, `${door}-known`].map((name) => [name, door === 'mesh' ? meshBinding(name, 'mesh') : { name }]),
      ),
    ),
  };
  const behind = { serviceBindings: { UP: 'service-v1' } };
  return [
    benchWorker(platform, 'driver', 'driver.js', { serviceBindings, bindings: { TOKEN: token } }),
    benchWorker(platform, 'pass', 'pass-through.js', behind),
    benchWorker(platform, 'twin', 'pass-through.js', behind),
    benchWorker(platform, 'service-v1', 'service.js'),
    benchWorker(platform, 'service-v2', 'service.js'),
    ...doors.flatMap((door) => [`${door}-open`, `${door}-known`].map((name) => edgeWorker(name, bundles, platform))),
    telemetryWorker(bundles, platform),
  ];
}

/** That the rules decide is checked, not believed: without the token, and for another path, the knowing edges refuse. */
async function verifyRefusals({ driver }: RunningMesh): Promise<void> {
  for (const door of doors) {
    for (const [path, headers] of [
      ['/items/42', {}],
      ['/reports/1', { authorization: 'Bearer none' }],
    ] as const) {
      const url = new URL(path, driver);
      const response = await fetch(url, { headers: { ...headers, 'bench-path': `${door}-known` } });
      await response.arrayBuffer();
      if (response.status !== 403 && response.status !== 401)
        throw new Error(
          `the ${door} door of ${benchService} answered ${response.status} to a call that must be refused`,
        );
    }
  }
}
