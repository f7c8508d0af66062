/** Who may call, of a document under construction: rules and issuers in their order, each with the place that it came from. */

import type { Located } from '../manifests/located.ts';
import type { Access, AccessProvider, AccessRule, JwtRule } from './document-types.ts';

/** A part of a document, and where it came from. */
export interface Originated<T> {
  readonly value: T;
  readonly origin: Located;
}

export class AccessDraft {
  mode: Access['mode'];
  /** Whether what no rule decides is refused, also where no rule allows anything. */
  isClosed = false;
  /** False where the defaults of the mesh are not for this document. */
  inherits = true;
  readonly rules: Originated<AccessRule>[] = [];
  readonly providers = new Map<string, Originated<AccessProvider>>();
  readonly issuers: Originated<JwtRule>[] = [];

  /** The section `access`, or what the mesh has of it by default; `undefined` where there is nothing to say. */
  access(): Access | undefined {
    const access: Access = {
      ...(this.inherits ? {} : { inherit: false }),
      ...(this.mode === undefined ? {} : { mode: this.mode }),
      ...(this.isClosed ? { default: 'deny' } : {}),
      ...(this.rules.length === 0 ? {} : { rules: this.rules.map(({ value }) => value) }),
      ...(this.providers.size === 0
        ? {}
        : { providers: Object.fromEntries([...this.providers].map(([name, { value }]) => [name, value])) }),
    };
    return Object.keys(access).length === 0 ? undefined : access;
  }

  /** The section `authentication`; `undefined` where there is nothing to say. */
  authentication(): { inherit?: false; jwt?: JwtRule[] } | undefined {
    if (this.inherits && this.issuers.length === 0) return undefined;
    return {
      ...(this.inherits ? {} : { inherit: false }),
      ...(this.issuers.length === 0 ? {} : { jwt: this.issuers.map(({ value }) => value) }),
    };
  }

  /** The part that a problem in one of the two sections is about. */
  partAt([section, list, key]: readonly (string | number)[]): Originated<object> | undefined {
    if (section === 'access' && list === 'rules') return this.rules[key as number];
    if (section === 'access' && list === 'providers') return this.providers.get(key as string);
    return section === 'authentication' && list === 'jwt' ? this.issuers[key as number] : undefined;
  }

  /** Leaves parts out; what a rule would have let in is refused. */
  without(lost: ReadonlySet<unknown>): void {
    this.isClosed ||= this.rules.some((rule) => lost.has(rule) && rule.value.action === 'allow' && !rule.value.dryRun);
    keep(this.rules, lost);
    keep(this.issuers, lost);
    for (const [name, provider] of this.providers) if (lost.has(provider)) this.providers.delete(name);
  }
}

function keep<T>(list: T[], lost: ReadonlySet<unknown>): void {
  list.splice(0, list.length, ...list.filter((one) => !lost.has(one)));
}

/** Whether a call that was refused might pass where a rule is missing; a missing allow rule refuses more. */
export function guards(part: object): boolean {
  const { action } = part as Partial<AccessRule>;
  return action === 'deny' || action === 'custom';
}
