import { WorkerEntrypoint } from 'cloudflare:workers';
import type { IdentityAuthority, IssueRequest } from '../../../src/identity/authority.ts';
import type { JwtRule } from '../../../src/model/authentication-rules.ts';
import type { MeshSettings, Snapshot } from '../../../src/model/snapshot.ts';
import { edgeIdentities } from '../../../src/platform/identity/identity-client.ts';

/** As much of an edge as identity needs: it says who calls, and which token it would send. */
interface Env {
  /** The identity Worker, behind `Slow`. */
  readonly IDENTITY: IdentityAuthority;
}

// How far the clock of this isolate is ahead; tests move it.
let ahead = 0;
const authority: { current?: IdentityAuthority } = {};
const identities = edgeIdentities({
  authorityOf: () => authority.current,
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now() + ahead,
  allowLoopback: true,
});

// Compiled once for each text, as a registry does: verdicts belong to the rules object.
const compiled = new Map<string, readonly JwtRule[]>();
function rulesOf(text: string): readonly JwtRule[] {
  const known = compiled.get(text) ?? (JSON.parse(text) as JwtRule[]);
  compiled.set(text, known);
  return known;
}

const meshes = new Map<string, MeshSettings>();
function meshOf(aliases: string): MeshSettings {
  const trustDomainAliases = JSON.parse(aliases) as string[];
  const known = meshes.get(aliases) ?? ({ trustDomain: 'mesh.test', trustDomainAliases } as unknown as MeshSettings);
  meshes.set(aliases, known);
  return known;
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    authority.current = env.IDENTITY;
    const url = new URL(request.url);
    const held: Promise<unknown>[] = [];
    // As on an edge, background work is given to the platform only when the call has ended.
    const lifetime = {
      waitUntil: (work: Promise<unknown>) => void held.push(work),
      end: () => ctx.waitUntil(Promise.allSettled(held)),
    };
    // Where a service would be called: the caller may go away meanwhile.
    const linger = () => scheduler.wait(Number(url.searchParams.get('linger') ?? 0));
    try {
      if (url.pathname === '/ahead') {
        ahead = Number(url.searchParams.get('ms'));
        return new Response(String(ahead));
      }
      if (url.pathname === '/token') {
        const token = await identities.tokenFor(
          'orders',
          url.searchParams.get('aud') ?? '',
          url.searchParams.get('actor'),
          lifetime,
        );
        await linger();
        return Response.json({ token });
      }
      const rules = rulesOf(request.headers.get('x-rules') ?? '[]');
      const snapshot = {
        service: 'payment',
        principal: 'spiffe://mesh.test/svc/payment',
        mesh: meshOf(request.headers.get('x-aliases') ?? '[]'),
        ...(rules.length === 0 ? {} : { userTokens: { rules, places: [], outputHeaders: [] } }),
      } as unknown as Snapshot;
      const bearer = /^Bearer (.*)$/.exec(request.headers.get('authorization') ?? '')?.[1];
      const peer = await identities.identifyPublic({ bearer, request, host: url.hostname, snapshot, lifetime });
      const isUser = peer.kind === 'anonymous' && rules.length > 0;
      const found = isUser ? await identities.identifyUser({ token: bearer ?? '', rules, snapshot, lifetime }) : peer;
      await linger();
      return Response.json(found);
    } catch (error) {
      return Response.json({ failed: (error as { error?: unknown }).error ?? String(error) }, { status: 503 });
    } finally {
      lifetime.end();
    }
  },
};

let delayMs = 0;
let asked = 0;

/** Stands before the identity Worker and takes its time. */
export class Slow extends WorkerEntrypoint<{ readonly REAL: IdentityAuthority }> {
  async issue(request: IssueRequest) {
    await this.#wait();
    return this.env.REAL.issue(request);
  }

  async jwks(trustDomain?: string) {
    await this.#wait();
    return this.env.REAL.jwks(trustDomain);
  }

  override async fetch(request: Request): Promise<Response> {
    delayMs = Number(new URL(request.url).searchParams.get('ms'));
    const before = asked;
    asked = 0;
    return new Response(String(before));
  }

  async #wait(): Promise<void> {
    asked += 1;
    if (delayMs > 0) await scheduler.wait(delayMs);
  }
}
