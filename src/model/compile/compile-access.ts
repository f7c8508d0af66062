/** The access section of a service, with what the mesh's defaults add to it, as decisions. */
import { type AccessRule, type AccessTerms, accessDecision, askedProviders } from '../../core/access/decide.ts';
import type { PrincipalNames } from '../../core/principals/principal-match.ts';
import type { DocumentAccess, MeshAccess } from '../schema/access.ts';
import type { MeshSettings, Snapshot } from '../snapshot.ts';
import { compileAuthorisers } from './compile-authoriser.ts';

/** What holds for a service: its own rules, and before them those of the mesh where it has not turned them off. */
export interface EffectiveAccess {
  readonly rules: readonly AccessRule[];
  readonly strict: boolean;
  readonly closed: boolean;
  readonly providers: NonNullable<MeshAccess['providers']>;
}

/** Joins both sections; undefined where there is neither. A field that the service says itself goes before the mesh's. */
export function effectiveAccess(
  own: DocumentAccess | undefined,
  ofMesh: MeshAccess | undefined,
): EffectiveAccess | undefined {
  const inherited = own?.inherit === false ? undefined : ofMesh;
  if (own === undefined && inherited === undefined) return undefined;
  return {
    rules: [...rulesOf(inherited, 'mesh/'), ...rulesOf(own, '')],
    strict: (own?.mode ?? inherited?.mode) === 'strict',
    closed: (own?.default ?? inherited?.default) === 'deny',
    providers: { ...inherited?.providers, ...own?.providers },
  };
}

function rulesOf(access: MeshAccess | undefined, prefix: string): readonly AccessRule[] {
  return (access?.rules ?? []).map(({ name, from, to, during, ...rule }, index) => ({
    ...rule,
    name: `${prefix}${name ?? `rules[${index}]`}`,
    from: from && [from].flat(),
    to: to && [to].flat(),
    during: during && [during].flat(),
  }));
}

/** Whether a rule asks for the path, or asks somebody who may judge it, so that paths must have one form. */
export function judgesPaths({ rules }: Pick<EffectiveAccess, 'rules'>): boolean {
  return rules.some(
    ({ action, to = [] }) =>
      action === 'custom' || to.some(({ paths, notPaths }) => paths !== undefined || notPaths !== undefined),
  );
}

/** Whether a rule asks for the host, or asks somebody who is told it, so that the callee must find the one that was judged. */
export function judgesHosts({ rules }: Pick<EffectiveAccess, 'rules'>): boolean {
  return rules.some(
    ({ action, to = [], when = [] }) =>
      action === 'custom' ||
      to.some(({ hosts, notHosts }) => hosts !== undefined || notHosts !== undefined) ||
      when.some(({ key }) => /^request\.headers\[host]$/i.test(key)),
  );
}

/** Compiles the rules of a service; nothing where there are none to ask. */
export function compileAccess(
  access: EffectiveAccess | undefined,
  service: string,
  mesh: MeshSettings,
  names: PrincipalNames,
): Pick<Snapshot, 'authorise' | 'consult'> {
  if (access === undefined) return {};
  const terms: AccessTerms = { ...access, ...names };
  const asked = askedProviders(terms);
  const authorise = accessDecision(terms);
  const consult = asked && { asked, authorisers: compileAuthorisers(access.providers, service, mesh.egressHosts) };
  return { authorise, consult };
}
