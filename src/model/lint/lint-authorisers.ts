/** Authorisers that custom rules shut out: who is asked about every call cannot be asked about the question. */
import { type RuleInForce, rulesInForce } from '../access-map/rules-in-force.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';
import type { MeshAtHand } from './lint-gateways.ts';

/** A rule that asks a service of the mesh. */
interface Asking {
  readonly placed: RuleInForce;
  readonly service: string;
}

/** Findings about the rules by which a service asks itself, be it by way of others. */
export function lintAuthoriser(document: ServiceDocument, atHand: MeshAtHand, warn: Warn): void {
  for (const { placed, service } of askedBy(document, atHand)) {
    const way = wayTo(document.service, [service], atHand);
    if (way === undefined) continue;
    const asked =
      way.length === 1
        ? 'the service itself'
        : `${way.slice(0, -1).join(', which asks ')}, which asks ${document.service}`;
    const ofMesh = placed.source === 'mesh';
    warn(
      lintCode.asksItself,
      ofMesh ? [document.access === undefined ? 'service' : 'access'] : [...placed.at, 'provider'],
      `${placed.rule.name} asks ${asked}: a question that the rule matches is never answered, and the call refused`,
      ofMesh
        ? '`inherit: false` in the access of the authoriser'
        : 'a rule that leaves out the questions, or `worker` in place of `service`, which goes past the edge',
    );
  }
}

function askedBy(document: ServiceDocument, { mesh }: MeshAtHand): Asking[] {
  const { rules, providers } = rulesInForce(document, mesh?.defaults?.access);
  return rules.flatMap((placed) => {
    const { action, provider = '' } = placed.rule;
    const service =
      action === 'custom' && Object.hasOwn(providers, provider) ? providers[provider]?.service : undefined;
    return service === undefined ? [] : [{ placed, service }];
  });
}

/** The services that are asked one after the other until it is `aim`; the shortest way, `aim` last. */
function wayTo(aim: string, first: readonly string[], atHand: MeshAtHand): readonly string[] | undefined {
  const seen = new Set(first);
  let ways: (readonly string[])[] = first.map((service) => [service]);
  while (ways.length > 0) {
    const found = ways.find((way) => way.at(-1) === aim);
    if (found !== undefined) return found;
    ways = ways.flatMap((way) =>
      atHand.services
        .filter(({ service }) => service === way.at(-1))
        .flatMap((document) => askedBy(document, atHand))
        .flatMap(({ service }) => {
          if (seen.has(service)) return [];
          seen.add(service);
          return [[...way, service]];
        }),
    );
  }
  return undefined;
}
