/** Which access rules hold before a service, as its snapshot has them, with the document and the place that each is of. */
import type { AccessRule } from '../../core/access/decide.ts';
import { effectiveAccess } from '../compile/compile-access.ts';
import type { PathKey } from '../findings/issue.ts';
import type { MeshAccess } from '../schema/access.ts';
import type { ServiceDocument } from '../schema/service.ts';

export type RuleSource = 'mesh' | 'service';

export interface RuleInForce {
  /** Its name is that of verdicts, traces and metrics: `charge`, `mesh/no-deletes`. */
  readonly rule: AccessRule;
  readonly source: RuleSource;
  /** Where it stands in the document of its source. */
  readonly at: readonly PathKey[];
}

export interface RulesInForce {
  readonly mode: 'strict' | 'permissive';
  /** Undefined where neither document says a mode. */
  readonly modeFrom?: RuleSource;
  /** Whether a call that no rule decides is refused though there may be no allow rule. */
  readonly deniesByDefault: boolean;
  /** False where the service turns off what the mesh says by default. */
  readonly inherits: boolean;
  /** The mesh's first. */
  readonly rules: readonly RuleInForce[];
  /** Names of the mesh's rules that the service turned off. */
  readonly turnedOff: readonly string[];
  readonly providers: NonNullable<MeshAccess['providers']>;
}

/** What a document and the mesh's defaults come to. */
export function rulesInForce({ access: own }: ServiceDocument, ofMesh: MeshAccess | undefined): RulesInForce {
  const inherits = own?.inherit !== false;
  const effective = effectiveAccess(own, ofMesh);
  const inherited = inherits ? (ofMesh?.rules?.length ?? 0) : 0;
  const modeFrom = sourceOf(own?.mode, inherits ? ofMesh?.mode : undefined);
  return {
    mode: effective?.strict === true ? 'strict' : 'permissive',
    ...(modeFrom === undefined ? {} : { modeFrom }),
    deniesByDefault: effective?.closed === true,
    inherits,
    rules: (effective?.rules ?? []).map((rule, index) =>
      index < inherited
        ? { rule, source: 'mesh', at: ['defaults', 'access', 'rules', index] }
        : { rule, source: 'service', at: ['access', 'rules', index - inherited] },
    ),
    turnedOff: inherits ? [] : (effectiveAccess(undefined, ofMesh)?.rules ?? []).map(({ name }) => name),
    providers: effective?.providers ?? {},
  };
}

function sourceOf(own: unknown, inherited: unknown): RuleSource | undefined {
  if (own !== undefined) return 'service';
  return inherited === undefined ? undefined : 'mesh';
}
