/** The declared graph as people read it: text for terminals, Mermaid for pages. */
import { ownEntry } from '../../core/own-entry.ts';
import { paint, table } from '../output.ts';
import type { DeclaredGraph, GraphGateway, GraphLink, GraphWorker, LinkKind } from './declared-graph.ts';

const kindWords: Readonly<Record<LinkKind, string>> = {
  service: 'service binding',
  route: 'by a route',
  'durable-object': 'Durable Object',
  workflow: 'workflow',
  queue: 'queue',
  tail: 'tail consumer',
  dispatch: 'dispatch namespace',
};

/** Each Worker with what it depends on, then what is special about the whole. */
export function graphText(graph: DeclaredGraph): string {
  const rows = graph.workers.flatMap((worker) => {
    // Routes are of a service: they stand with the first of its Workers.
    const isFirst = ownEntry(graph.services, worker.service)?.workers[0] === worker.worker;
    const links = graph.links.filter(({ kind, from }) =>
      kind === 'route' ? isFirst && from === worker.service : from === worker.worker,
    );
    const head = [paint('bold', worker.worker), '', '', workerFacts(worker)];
    return [head, ...links.map((link) => [`  ${link.binding}`, '->', link.to, linkFacts(link)])];
  });
  const gateways = graph.gateways.flatMap((gateway) => [
    [paint('bold', gateway.service), '', '', gatewayFacts(gateway)],
    ...graph.links
      .filter(({ kind, from }) => kind === 'route' && from === gateway.service)
      .map((link) => ['', '->', link.to, linkFacts(link)]),
  ]);
  return [table(['WORKER / BINDING', '', 'TARGET', ''], [...rows, ...gateways]), '', ...graphFacts(graph)].join('\n');
}

function workerFacts({ worker, service, name, config, public: routes }: GraphWorker): string {
  const ways = [...routes.patterns, ...(routes.workersDev === 'none' ? [] : ['workers.dev'])];
  return [
    config,
    ...(name === worker ? [] : [`deployed as ${name}`]),
    ...(service === worker ? [] : [`a version of ${service}`]),
    ...(ways.length === 0 ? [] : [`public by ${ways.join(', ')}`]),
  ].join('; ');
}

function gatewayFacts({ hosts, standsFor }: GraphGateway): string {
  return [
    'an edge without a Worker',
    ...(hosts.length === 0 ? [] : [`public by ${hosts.join(', ')}`]),
    ...(standsFor.length === 0 ? [] : [`stands for ${standsFor.join(', ')}`]),
  ].join('; ');
}

function linkFacts(link: GraphLink): string {
  const { kind, from, to, inside, entrypoint, via, props, remote } = link;
  return [
    ...(kind === 'service' ? [] : [via === undefined ? kindWords[kind] : `${kindWords[kind]} ${via}`]),
    ...(entrypoint === undefined ? [] : [`entrypoint ${entrypoint}`]),
    ...(props === undefined ? [] : ['with props']),
    ...(remote ? ['remote'] : []),
    ...(kind === 'service' && from === to ? ['itself'] : []),
    ...(inside || kind === 'dispatch' ? [] : ['outside of this mesh; stays as it is']),
    ...(inside && (kind === 'durable-object' || kind === 'workflow') ? ['passes no edge'] : []),
  ].join(', ');
}

/** Cycles and the bounds of a journey, one sentence a line. */
export function graphFacts({ invocations }: DeclaredGraph): string[] {
  const { chain, fanOut, cycles, limit } = invocations;
  const over = (count: number) => (count > limit ? paint('red', ': more than the platform allows') : '');
  return [
    `Worst declared chain: ${chain.path.join(' -> ')}: ${chain.invocations} of ${limit} Worker invocations` +
      `${over(chain.invocations)} (each Worker of the mesh counts with its edge)`,
    ...(fanOut === undefined || fanOut.invocations === chain.invocations
      ? []
      : [
          `If ${fanOut.from} and all below it call each of their bindings once: ${fanOut.invocations} of ${limit}${over(fanOut.invocations)}`,
        ]),
    ...cycles.map((members) =>
      members.length === 1
        ? `${members[0]} binds itself: a journey that goes round is bounded by nothing but its own code, and by the mesh at 16 hops`
        : `${members.join(', ')} call each other: a journey that goes round is bounded by nothing but its own code, and by the mesh at 16 hops`,
    ),
  ];
}

const arrows: Readonly<Record<LinkKind, string>> = {
  service: '-->',
  route: '==>',
  'durable-object': '-.->',
  workflow: '-.->',
  queue: '-.->',
  tail: '-.->',
  dispatch: '-.->',
};

/** A flowchart; what passes an edge is a whole line, everything else a dotted one. */
export function graphMermaid(graph: DeclaredGraph): string {
  const ids = new Map<string, string>();
  const nodes: string[] = [];
  const node = (key: string, open: string, label: string, close: string) => {
    if (!ids.has(key)) {
      ids.set(key, `n${ids.size}`);
      nodes.push(`  ${ids.get(key)}${open}"${mermaidText(label)}"${close}`);
    }
    return ids.get(key) as string;
  };
  for (const { worker } of graph.workers) node(`in ${worker}`, '[', worker, ']');
  for (const { service } of graph.gateways) node(`in ${service}`, '{{', service, '}}');
  const lines = graph.links.map((link) => {
    const { kind, to, inside, binding, entrypoint, via } = link;
    const target = inside ? node(`in ${to}`, '[', to, ']') : node(`out ${kind} ${to}`, '([', to, '])');
    const label = [
      binding,
      ...(entrypoint === undefined ? [] : [entrypoint]),
      ...(kind === 'service' ? [] : [via === undefined ? kindWords[kind] : `${kindWords[kind]} ${via}`]),
    ].filter((part) => part !== '');
    const arrow = kind === 'service' && !link.meshed ? '-.->' : arrows[kind];
    return `  ${node(`in ${link.from}`, '[', link.from, ']')} ${arrow}|"${mermaidText(label.join(', '))}"| ${target}`;
  });
  return ['flowchart LR', ...nodes, ...lines].join('\n');
}

/** Mermaid's own escapes: quotes and brackets would end a label. */
function mermaidText(text: string): string {
  return text.replace(/[#"<>]/g, (character) => `#${character.codePointAt(0)};`);
}
