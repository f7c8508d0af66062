/** What was judged is what is forwarded: the path in the call's record, and the closed `/admin`, against what the callee received. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/edge-mesh.ts';
import type { Outcome } from './world/outcome.ts';
import { hostileTarget, hostileTargets, hostileUrls } from './world/targets.ts';
import { head, type Mode, modeNames, startWorld, type World } from './world/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.stop());

interface Sent {
  readonly target: string;
  readonly traceId: string;
  readonly outcome: Outcome;
}

let traces = 0;
const newTraceId = () => {
  traces += 1;
  return `a77ac4${traces.toString(16).padStart(26, '0')}`;
};

/** Sends each target, a few at a time, in a trace of its own. */
async function sendAll(targets: readonly string[], send: (bytes: string) => Promise<Outcome>, host: string) {
  const sent: Sent[] = [];
  const left = [...targets];
  const worker = async () => {
    for (let target = left.pop(); target !== undefined; target = left.pop()) {
      const traceId = newTraceId();
      const bytes = head('GET', target, host, [`traceparent: 00-${traceId}-00f067aa0ba902b7-01`]);
      sent.push({ target, traceId, outcome: await send(bytes) });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return sent;
}

/** The paths in the records of the requests that reached the edge of a service, by trace; each trace has one call. */
async function judgedPaths(
  service: string,
  sent: readonly Sent[],
  sinceMs: number,
): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  const reached = sent.filter(({ outcome }) => outcome.seen !== undefined).map(({ traceId }) => traceId);
  await eventually(
    async () => {
      for (const { traceId, path } of await world.edge.traces({ service, sinceMs, limit: 500 }))
        known.set(traceId, path);
      return reached.every((traceId) => known.has(traceId));
    },
    (all) => all,
  );
  return known;
}

const isAdmin = (pathname: string) => pathname === '/admin' || pathname.startsWith('/admin/');

function judge(mode: Mode, { target, traceId, outcome }: Sent, judged: ReadonlyMap<string, string>): void {
  const { seen, status, code } = outcome;
  const said = `${mode} ${JSON.stringify(target)}`;
  if (seen === undefined) {
    // Whatever is refused is refused by the runtime before the edge, or by the edge with a reason; it is never the edge that fails.
    expect([`${status} ${code}`], said).not.toContain('500 internal');
    return;
  }
  const path = judged.get(traceId);
  const raw = seen.url.replace(/^https?:\/\/[^/?#]*/, '').replace(/[?#].*$/, '');
  expect(raw, said).toBe(path);
  if (mode === 'none') return;
  expect(seen.pathname, said).toBe(path);
  expect(isAdmin(seen.pathname), said).toBe(false);
}

describe.each(modeNames)('normalization of %s', (mode) => {
  const generated = fc.sample(hostileTarget, 120);
  const targets = [...hostileTargets, ...generated];
  const doors = [
    { door: 'the public door by a socket', send: (bytes: string) => world.raw(bytes) },
    { door: 'the mesh door by a binding', send: (bytes: string) => world.relayed(mode, bytes) },
  ];

  it.each(doors)('$door', async ({ send }) => {
    const sinceMs = Date.now() - 1;
    const sent = await sendAll(targets, send, `${mode}.example`);
    const judged = await judgedPaths(mode, sent, sinceMs);
    for (const each of sent) judge(mode, each, judged);
    // The suite would show nothing if nothing came through.
    expect(sent.filter(({ outcome }) => outcome.seen !== undefined).length).toBeGreaterThan(targets.length / 4);
    if (mode !== 'none') {
      expect(sent.filter(({ outcome }) => outcome.code === 'access_denied').length).toBeGreaterThan(10);
    }
  });

  it('the mesh door by a Worker that writes URLs as it likes', async () => {
    for (const url of hostileUrls) {
      const { status, code, seen } = await world.viaLegacy(`TO_${mode}`, url);
      expect(`${status} ${code}`, url).not.toBe('500 internal');
      if (seen === undefined || mode === 'none') continue;
      expect(isAdmin(seen.pathname), url).toBe(false);
      expect(new URL(seen.url).href, url).toBe(seen.url);
    }
  });
});
