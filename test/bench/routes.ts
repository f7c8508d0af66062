/**
 * What many routes cost: a match among 10 to 10,000 of them, and the way of such a document from its text to the data path, as an edge goes it.
 * On Node, whose engine is workerd's; the smallest of many short runs counts, since whatever else the machine does only adds.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { CallFacts } from '../../src/model/call-facts.ts';
import { compileMesh, compileService } from '../../src/model/compile/compile.ts';
import { parseStored } from '../../src/model/reading/stored.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';
import type { Snapshot } from '../../src/model/snapshot.ts';
import { serviceDocument } from '../../src/model/sound-document.ts';

export const routeCounts = [10, 100, 1_000, 10_000] as const;

export interface RouteFigures {
  /** By what the routes differ. */
  readonly shape: string;
  /** Nanoseconds for a match, for each of `routeCounts`. */
  readonly matchNanos: readonly number[];
  /** Milliseconds of CPU from the text of the largest document to its snapshot. */
  readonly compileMs: number;
  readonly textBytes: number;
  /** Memory that the snapshot and its document hold, for each route. */
  readonly bytesPerRoute: number;
}

type DocumentRoute = NonNullable<ServiceDocument['routes']>[number];

interface Shape {
  readonly route: (index: number) => Partial<DocumentRoute>;
  readonly call: (index: number) => Partial<CallFacts>;
}

const headers = (name: string, value: string): Partial<CallFacts> => ({
  header: (asked) => (asked === name ? value : null),
});

const shapes: Readonly<Record<string, Shape>> = {
  host: {
    route: (index) => ({ hostnames: [`h${index}.example.com`] }),
    call: (index) => ({ host: `h${index}.example.com` }),
  },
  'path prefix': {
    route: (index) => ({ matches: [{ path: { value: `/api/r${index}` } }] }),
    call: (index) => ({ path: `/api/r${index}/items/7` }),
  },
  'method and path': {
    route: (index) => ({
      matches: [{ method: index % 2 === 0 ? 'GET' : 'POST', path: { type: 'Exact', value: `/api/r${index >> 1}` } }],
    }),
    call: (index) => ({ method: index % 2 === 0 ? 'GET' : 'POST', path: `/api/r${index >> 1}` }),
  },
  header: {
    route: (index) => ({ matches: [{ headers: [{ name: 'x-tenant', value: `t${index}` }] }] }),
    call: (index) => headers('x-tenant', `t${index}`),
  },
  query: {
    route: (index) => ({ matches: [{ queryParams: [{ name: 'tenant', value: `t${index}` }] }] }),
    call: (index) => ({ query: `page=2&tenant=t${index}` }),
  },
  cookie: {
    route: (index) => ({ matches: [{ cookies: [{ name: 'tenant', value: `t${index}` }] }] }),
    call: (index) => headers('cookie', `theme=dark; tenant=t${index}`),
  },
  caller: {
    route: (index) => ({ matches: [{ from: { principals: [`svc${index}`] } }] }),
    call: (index) => ({ principal: `spiffe://mesh.local/svc/svc${index}` }),
  },
};

/** Measures every shape. */
export function measureRoutes(quick: boolean): RouteFigures[] {
  return Object.entries(shapes).map(([name, shape]) => measureShape(name, shape, quick));
}

function measureShape(name: string, shape: Shape, quick: boolean): RouteFigures {
  const matchNanos = routeCounts.map((count) => nanosOfMatch(shape, count, quick ? 40 : 200));
  const text = JSON.stringify(documentOf(shape, Math.max(...routeCounts)));
  const compileMs = smallest(quick ? 4 : 12, () => {
    const before = process.cpuUsage();
    snapshotOf(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return { shape: name, matchNanos, compileMs, textBytes: text.length, bytesPerRoute: bytesPerRoute(text) };
}

function documentOf(shape: Shape, count: number): ServiceDocument {
  const routes = Array.from({ length: count }, (_, index): DocumentRoute => {
    return { name: `r${index}`, ...shape.route(index), backends: [{ version: 'v1' }] };
  });
  return { service: 'gateway', versions: { v1: { worker: 'gateway' } }, routes };
}

function snapshotOf(text: string): Snapshot {
  const parsed = parseStored(text, 'service/gateway');
  const document = parsed.ok ? serviceDocument(parsed.document) : undefined;
  if (document === undefined) throw new Error(`The document of the benchmark is refused: ${JSON.stringify(parsed)}`);
  return compileService(document, compileMesh(undefined, ''), { revision: '', declared: [] });
}

const call: CallFacts = {
  kind: 'fetch',
  door: 'mesh',
  method: 'GET',
  host: 'shop.example.com',
  path: '/',
  query: '',
  url: 'https://shop.example.com/',
  principal: null,
  claims: null,
  requestPrincipal: null,
  peerAddress: () => '',
  address: () => '',
  geo: () => null,
  journey: '',
  header: () => null,
};

/** So many calls, spread evenly over the routes, are matched in turn. */
const callsInTurn = 256;
const matchesOfRun = 4_096;

function nanosOfMatch(shape: Shape, count: number, runs: number): number {
  const { findRoute } = snapshotOf(JSON.stringify(documentOf(shape, count)));
  const calls = Array.from({ length: callsInTurn }, (_, index): CallFacts => {
    const route = Math.floor((index * count) / callsInTurn);
    const facts = { ...call, ...shape.call(route) };
    if (findRoute(facts)?.route.name !== `r${route}`) throw new Error(`A call finds another route than r${route}.`);
    return facts;
  });
  return smallest(runs, () => {
    const start = process.hrtime.bigint();
    for (let index = 0; index < matchesOfRun; index += 1) findRoute(calls[(index * 7) % callsInTurn] as CallFacts);
    return Number(process.hrtime.bigint() - start) / matchesOfRun;
  });
}

function bytesPerRoute(text: string): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const snapshot = snapshotOf(text);
  collect();
  return (process.memoryUsage().heapUsed - before) / snapshot.routes.length;
}

function smallest(runs: number, measure: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run += 1) least = Math.min(least, measure());
  return least;
}

/** The largest ratio of a match among most routes to one among fewest. */
export function worstRouteRatio(figures: readonly RouteFigures[]): number {
  return Math.max(...figures.map(({ matchNanos }) => (matchNanos.at(-1) as number) / (matchNanos[0] as number)));
}

/** The figures as one entry of the benchmark's JSON. */
export function routesJson(figures: readonly RouteFigures[]): Record<string, unknown> {
  return {
    counts: routeCounts,
    worstRatio: Number(worstRouteRatio(figures).toFixed(2)),
    worstCompileMs: Math.round(Math.max(...figures.map(({ compileMs }) => compileMs))),
    shapes: Object.fromEntries(
      figures.map(({ shape, matchNanos, compileMs, textBytes, bytesPerRoute: bytes }) => [
        shape,
        {
          matchNanos: matchNanos.map(Math.round),
          ratio: Number(((matchNanos.at(-1) as number) / (matchNanos[0] as number)).toFixed(2)),
          compileMs: Math.round(compileMs),
          textBytes,
          bytesPerRoute: Math.round(bytes),
        },
      ]),
    ),
  };
}

/** The figures as lines of the benchmark's table. */
export function routesLines(figures: readonly RouteFigures[]): string[] {
  const counts = routeCounts.map((count) => `${count}`.padStart(8)).join('');
  return [
    '',
    'Finding a route, ns for a match by number of routes; CPU from the text of 10,000 routes to the snapshot',
    `  ${'routes differ by'.padEnd(18)}${counts}   ratio   compile  each route`,
    ...figures.map(({ shape, matchNanos, compileMs, bytesPerRoute: bytes }) => {
      const nanos = matchNanos.map((value) => value.toFixed(0).padStart(8)).join('');
      const ratio = ((matchNanos.at(-1) as number) / (matchNanos[0] as number)).toFixed(2).padStart(7);
      const compile = `${compileMs.toFixed(0).padStart(6)} ms${bytes.toFixed(0).padStart(10)} bytes`;
      return `  ${shape.padEnd(18)}${nanos} ${ratio} ${compile}`;
    }),
  ];
}
