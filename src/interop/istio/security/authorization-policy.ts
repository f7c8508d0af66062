/** AuthorizationPolicy: rules of who may call. */
import { ownEntry } from '../../../core/own-entry.ts';
import type { AccessDraft } from '../../documents/access-draft.ts';
import type { AccessRule } from '../../documents/document-types.ts';
import { givenName } from '../../documents/draft.ts';
import { isLoss } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { Callers } from './callers.ts';
import { isAboutCaller, readCondition } from './conditions.ts';
import { readOperation } from './operations.ts';
import { readFrame } from './policy-frame.ts';
import type { PortsOf } from './ports.ts';
import type { Providers } from './providers.ts';
import { type RuleScope, readSource, SourceDraft } from './sources.ts';

const actions = { ALLOW: 'allow', DENY: 'deny', AUDIT: 'audit', CUSTOM: 'custom' } as const;
type Action = (typeof actions)[keyof typeof actions];

const dryRunAnnotation = 'istio.io/dry-run';
/** As Go reads truth values, and thereby Istio. */
const isTrue = /^(?:1|t|T|true|TRUE|True)$/;
const isFalse = /^(?:0|f|F|false|FALSE|False)$/;

/** A policy, read as far as it is the same for all documents. */
export interface AuthorizationPolicy {
  readonly manifest: Manifest;
  readonly action: Action;
  readonly isDryRun: boolean;
  readonly provider: Located;
}

/** Reads what stands around the rules; `undefined` where the action is none. */
export function readAuthorizationPolicy(manifest: Manifest): AuthorizationPolicy | undefined {
  const { root, spec, annotations } = manifest;
  readFrame(manifest, ['targetRef', 'targetRefs', 'rules', 'action', 'provider']);
  const word = spec.get('action').word(Object.keys(actions)) ?? 'ALLOW';
  const action = ownEntry(actions, word);
  const note = root.get('metadata').get('annotations').get(dryRunAnnotation);
  const said = annotations[dryRunAnnotation] ?? 'false';
  const isAsked = isTrue.test(said);
  if (!isAsked && !isFalse.test(said)) note.wrong('"true" or "false"');
  if (isAsked && action === 'custom') note.refuse('nobody asks an external authoriser about calls that pass anyway');
  else if (isAsked && action === 'audit') note.pointless('what only watches needs no dry run');
  if (action === undefined) return undefined;
  const provider = spec.get('provider').only(['name']);
  if (action !== 'custom' && provider.present) provider.wrong('no provider, beside an action other than CUSTOM');
  return { manifest, action, isDryRun: isAsked && (action === 'allow' || action === 'deny'), provider };
}

/** What a policy is put into. */
export interface RuleTarget {
  readonly access: AccessDraft;
  readonly portsOf: PortsOf;
  readonly providers: Providers;
  readonly callers: Callers;
  /** False for a gateway, whose callers come from outside. */
  readonly isInside: boolean;
}

/** Puts the rules of a policy into a document. */
export function applyAuthorizationPolicy(policy: AuthorizationPolicy, target: RuleTarget): void {
  const { manifest, action, isDryRun, provider } = policy;
  const { access, providers } = target;
  const rules = manifest.spec.get('rules').items();
  const stem = givenName(`${manifest.namespace}.${manifest.name}`).slice(0, 100);
  const name = (index: number): string => `${stem}.${index}`;
  const add = (value: AccessRule, origin: Located): void => {
    access.rules.push({ value: isDryRun ? { ...value, dryRun: true } : value, origin });
  };
  if (rules.length === 0 && action !== 'allow') manifest.spec.pointless('a policy without rules fits no call');
  if (rules.length === 0 && action === 'allow') {
    // Nobody both has an identity and has none: the rule fits no call, and shows what a policy that allows nothing would refuse.
    if (isDryRun) add({ name: name(0), action, from: { principals: ['*'], notPrincipals: ['*'] } }, manifest.spec);
    else access.isClosed = true;
  }
  const asked = action === 'custom' ? providers.use(provider.get('name'), access) : undefined;
  if (action === 'custom' && asked === undefined) return;
  for (const [index, rule] of rules.entries()) {
    const isGuard = action === 'deny' || action === 'custom';
    const { callers, isInside } = target;
    const scope = { callers, namespace: manifest.namespace, isGuard, isInside };
    const { value, found } = rule.report.during(() => readRule(rule, scope, target.portsOf, action));
    const isWhole = !found.some(isLoss);
    if (isWhole && value !== undefined)
      add({ name: name(index), action, ...(asked === undefined ? {} : { provider: asked }), ...value }, rule);
    else if (isWhole) rule.pointless('nobody is meant by this rule');
    else if (isGuard && !isDryRun) rule.opens('a rule that keeps callers out cannot be carried over');
    // What a missing rule would have let in is refused.
    if (action === 'allow' && !isDryRun && (!isWhole || value === undefined)) access.isClosed = true;
  }
}

type RuleBody = Pick<AccessRule, 'from' | 'to' | 'when'>;

/** The conditions of a rule; `undefined` where they fit nobody. */
function readRule(rule: Located, scope: RuleScope, portsOf: PortsOf, action: Action): RuleBody | undefined {
  // Read as an object, what is nothing would be about every call.
  if (!rule.present) rule.wrong('an object; {} is about every call');
  rule.only(['from', 'to', 'when']);
  for (const part of [rule.get('from'), rule.get('to')])
    if (part.present && part.items().length === 0) part.wrong('a list with an entry');
  const conditions = rule.get('when').items();
  const sources = rule
    .get('from')
    .items()
    .map((item) => readSource(item.only(['source']).get('source'), scope));
  if (sources.length === 0 && conditions.some(isAboutCaller)) sources.push(new SourceDraft(scope, rule));
  const when = conditions.flatMap((condition) => readCondition(condition, sources, portsOf, scope) ?? []);
  const to = rule
    .get('to')
    .items()
    .map((item) => readOperation(item.only(['operation']).get('operation'), portsOf, action === 'deny'));
  const from = sources.flatMap((source) => source.entries());
  if (sources.length > 0 && from.length === 0) return undefined;
  return {
    ...(from.length === 0 ? {} : { from: oneOrAll(from) }),
    ...(to.length === 0 ? {} : { to: oneOrAll(to) }),
    ...(when.length === 0 ? {} : { when }),
  };
}

function oneOrAll<T>(list: T[]): T | T[] {
  const [first, ...others] = list;
  return first !== undefined && others.length === 0 ? first : list;
}
