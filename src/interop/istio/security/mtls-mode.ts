/** Which mTLS mode PeerAuthentications give a workload. */
import type { Located } from '../../manifests/located.ts';
import type { PolicyLevel } from './policy-targets.ts';

export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE';

/** A PeerAuthentication; `undefined` modes come from a wider one. */
export interface PeerPolicy {
  readonly level: PolicyLevel;
  readonly mode: MtlsMode | undefined;
  readonly ports: ReadonlyMap<number, MtlsMode | undefined>;
}

export interface EffectiveMode {
  readonly mode: MtlsMode;
  /** Of ports that have one of their own. */
  readonly ports: ReadonlyMap<number, MtlsMode>;
}

const levels: readonly PolicyLevel[] = ['mesh', 'namespace', 'workload'];

/**
 * The mode of a workload that all the given policies are about, the older ones first: the oldest of each level counts, the narrower
 * level before the wider one, and PERMISSIVE where none says anything. Ports count in policies for workloads only.
 */
export function effectiveMode(policies: readonly PeerPolicy[]): EffectiveMode {
  let mode: MtlsMode = 'PERMISSIVE';
  for (const level of levels) mode = policies.find((one) => one.level === level)?.mode ?? mode;
  const ports = policies.find(({ level }) => level === 'workload')?.ports ?? new Map<number, MtlsMode | undefined>();
  return { mode, ports: new Map([...ports].map(([port, own]) => [port, own ?? mode])) };
}

/** Reads `mtls`, of a policy or of one of its ports. */
export function readMode(mtls: Located): MtlsMode | undefined {
  const word = mtls.only(['mode']).get('mode').word(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']);
  return word === 'DISABLE' || word === 'PERMISSIVE' || word === 'STRICT' ? word : undefined;
}
