/** Which access rules hold before a service: those of its own document and, unless it turns them off, those of the mesh. */
import type { PathKey } from '../findings/issue.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';

export type AccessDocument = NonNullable<ServiceDocument['access']>;
export type AccessRuleDocument = NonNullable<AccessDocument['rules']>[number];
export type ProviderDocument = NonNullable<AccessDocument['providers']>[string];
type One<T> = T extends readonly (infer TItem)[] ? TItem : T;
export type TimeWindow = One<NonNullable<AccessRuleDocument['during']>>;

export type RuleSource = 'mesh' | 'service';

export interface RuleInForce {
  /** As verdicts, traces and metrics name it: `charge`, `mesh/no-deletes`. */
  readonly name: string;
  readonly source: RuleSource;
  /** Where it stands in the document of its source. */
  readonly at: readonly PathKey[];
  readonly rule: AccessRuleDocument;
}

export interface RulesInForce {
  readonly mode: 'strict' | 'permissive';
  /** Undefined where neither document says a mode. */
  readonly modeFrom?: RuleSource;
  /** Whether a call that no rule decides is refused though there may be no allow rule. */
  readonly deniesByDefault: boolean;
  readonly defaultFrom?: RuleSource;
  /** False where the service turns off what the mesh says by default. */
  readonly inherits: boolean;
  /** The mesh's first. */
  readonly rules: readonly RuleInForce[];
  /** Rules of the mesh that the service turned off. */
  readonly turnedOff: readonly RuleInForce[];
  readonly providers: ReadonlyMap<string, ProviderDocument>;
}

/** What the two documents come to. */
export function rulesInForce(document: ServiceDocument, mesh: MeshDocument | undefined): RulesInForce {
  const own: AccessDocument = document.access ?? {};
  const all = mesh?.defaults?.access ?? {};
  const inherits = own.inherit !== false;
  const inherited = inherits ? all : {};
  const ofMesh = placed(all.rules ?? [], 'mesh');
  return {
    mode: own.mode ?? inherited.mode ?? 'permissive',
    ...said('modeFrom', own.mode, inherited.mode),
    deniesByDefault: (own.default ?? inherited.default) === 'deny',
    ...said('defaultFrom', own.default, inherited.default),
    inherits,
    rules: [...(inherits ? ofMesh : []), ...placed(own.rules ?? [], 'service')],
    turnedOff: inherits ? [] : ofMesh,
    providers: new Map([...Object.entries(inherited.providers ?? {}), ...Object.entries(own.providers ?? {})]),
  };
}

function said<TField extends string>(field: TField, own: unknown, inherited: unknown): { [F in TField]?: RuleSource } {
  if (own !== undefined) return { [field]: 'service' } as { [F in TField]?: RuleSource };
  return inherited === undefined ? {} : ({ [field]: 'mesh' } as { [F in TField]?: RuleSource });
}

function placed(rules: readonly AccessRuleDocument[], source: RuleSource): RuleInForce[] {
  const [head, prefix] = source === 'mesh' ? [['defaults', 'access', 'rules'], 'mesh/'] : [['access', 'rules'], ''];
  return rules.map((rule, index) => ({
    name: `${prefix}${rule.name ?? `rules[${index}]`}`,
    source,
    at: [...head, index],
    rule,
  }));
}
