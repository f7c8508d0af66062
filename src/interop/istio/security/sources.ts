/** Who calls, as an AuthorizationPolicy says it, in the entries of a rule. */
import type { AccessFrom } from '../../documents/document-types.ts';
import { importCode } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import { madeFrom } from '../../manifests/origin.ts';
import type { Callers } from './callers.ts';

/** What the conversion of a rule looks at beside the rule. */
export interface RuleScope {
  readonly callers: Callers;
  /** Of the policy: where accounts without a namespace are. */
  readonly namespace: string;
  /** Whether the rule keeps callers out, so that none may be missing in it. */
  readonly isGuard: boolean;
  /** Whether callers of the mesh itself are judged by it. */
  readonly isInside: boolean;
}

type Mutable<T> = { -readonly [TKey in keyof T]: T[TKey] };

/** Fields that say the same in both. */
const plainFields = ['requestPrincipals', 'ipBlocks', 'remoteIpBlocks', 'trustDomains'] as const;
const identityFields = ['principals', 'namespaces', 'serviceAccounts'] as const;

function negated<TName extends string>(name: TName): `not${Capitalize<TName>}` {
  return `not${name.slice(0, 1).toUpperCase()}${name.slice(1)}` as `not${Capitalize<TName>}`;
}

/** Tells of addresses by which callers of the mesh were kept out in Istio. */
export function tellAddresses(values: Located, isNot: boolean, { isGuard, isInside }: RuleScope): void {
  if (!isInside || isGuard === isNot || values.items().length === 0) return;
  const message = 'inside of the mesh calls have no addresses, so that these keep none of its own callers out';
  values.tell('warning', importCode.noAddress, message, 'principals or namespaces for callers of the mesh', false);
}

export const sourceFields: readonly string[] = [...plainFields, ...identityFields].flatMap((name) => [
  name,
  negated(name),
]);

/** Reads `source` of an entry. */
export function readSource(source: Located, scope: RuleScope): SourceDraft {
  const draft = new SourceDraft(scope, source);
  source.only(sourceFields);
  const given = sourceFields.filter((name) => source.get(name).items().length > 0);
  if (given.length === 0) source.wrong('an object with at least one of its fields');
  for (const name of plainFields) {
    draft.plain(name, source.get(name));
    draft.plain(negated(name), source.get(negated(name)));
  }
  for (const name of identityFields) {
    draft.identity(name, source.get(name).items(), false);
    draft.identity(name, source.get(negated(name)).items(), true);
  }
  return draft;
}

/**
 * An entry under construction. Callers of a namespace or an account are services of this mesh, by their names, or callers of another
 * one, by their ids: two entries, since the fields of one entry must all hold.
 */
export class SourceDraft {
  private readonly both: Mutable<AccessFrom> = {};
  /** Undefined where the callers of this mesh are not limited. */
  private services: readonly string[] | undefined;
  private readonly foreign: Mutable<AccessFrom> = {};
  private readonly seen = new Set<string>();

  constructor(
    private readonly scope: RuleScope,
    private readonly origin: Located,
  ) {}

  plain(name: (typeof plainFields)[number] | `not${Capitalize<(typeof plainFields)[number]>}`, list: Located): void {
    if (/trustDomains$/i.test(name))
      for (const item of list.items()) this.scope.callers.nameTrustDomain(item.text() ?? '', item);
    if (/ipBlocks$/i.test(name)) tellAddresses(list, name.startsWith('not'), this.scope);
    const values = list.items().flatMap((item) => item.text() ?? []);
    if (values.length > 0) this.both[name] = values;
  }

  identity(name: (typeof identityFields)[number], values: readonly Located[], isNot: boolean): void {
    const [first] = values;
    if (first === undefined) return;
    const field = isNot ? negated(name) : name;
    if (this.seen.has(field)) {
      first.refuse('callers are said in the source too, and both would have to hold', 'one of the two');
      return;
    }
    this.seen.add(field);
    if (name === 'principals') this.principals(values, isNot);
    else this.members(name, values, isNot);
  }

  /** As entries of a rule; none where nobody can be meant. */
  entries(): AccessFrom[] {
    const entries: AccessFrom[] =
      this.services === undefined
        ? [this.both]
        : [
            { ...this.both, services: [...this.services] },
            { ...this.both, ...this.foreign },
          ];
    return entries
      .filter((entry) => Object.keys(entry).length > 0 && entry.services?.length !== 0)
      .map((entry) => madeFrom(this.origin, entry));
  }

  private principals(values: readonly Located[], isNot: boolean): void {
    const names = values.flatMap((where) => this.principalsOf(where, isNot));
    this.both[isNot ? 'notPrincipals' : 'principals'] = [...new Set(names)];
  }

  private principalsOf(where: Located, isNot: boolean): string[] {
    const said = where.text();
    if (said === undefined || said === '*') return said === undefined ? [] : [said];
    const text = this.scope.callers.inOwnWords(said);
    const rest = text.replace(/^\*|\*$/, '');
    if (text === '' || text.startsWith('spiffe://'))
      where.wrong('an id without spiffe://, as TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT');
    else if (rest.includes('*') || (text.startsWith('*') && !/[/:]/.test(rest)))
      where.refuse('which ids this fits cannot be said', '"*" at one end, with a slash in the rest');
    const services = this.scope.callers.withPrincipal(text);
    if (services.length === 0 && this.scope.callers.isOfThisMesh(text)) this.tellNobody(where, text, isNot);
    return [...services, text.startsWith('*') ? text : `spiffe://${text}`];
  }

  private members(name: 'namespaces' | 'serviceAccounts', values: readonly Located[], isNot: boolean): void {
    const { callers, namespace } = this.scope;
    const texts: string[] = [];
    const services = values.flatMap((where) => {
      const text = where.text();
      if (text === undefined) return [];
      const [first = '', second] = text.split('/');
      const account = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
      texts.push(name === 'namespaces' ? text : `${account.namespace}/${account.name}`);
      const found = name === 'namespaces' ? callers.inNamespace(text) : callers.runningAs(account);
      if (found.length === 0) this.tellNobody(where, text, isNot);
      return found;
    });
    const unique = [...new Set(services)].sort();
    if (isNot) {
      this.both[name === 'namespaces' ? 'notNamespaces' : 'notServiceAccounts'] = texts;
      if (unique.length > 0) this.both.notServices = [...new Set([...(this.both.notServices ?? []), ...unique])].sort();
      return;
    }
    this.foreign[name] = texts;
    this.services = this.services === undefined ? unique : this.services.filter((one) => unique.includes(one));
  }

  /** Callers of this mesh that are meant and not known: a rule that is to keep them out, or that lets in all others, would let them in. */
  private tellNobody(where: Located, text: string, isNot: boolean): void {
    const message = `the input tells of nobody in this mesh who is meant by ${text}`;
    const expected = 'their Deployments, Services or ServiceAccounts, or --namespace NAMESPACE=NAME,NAME';
    if (this.scope.isGuard === isNot) where.tell('warning', importCode.unresolved, message, expected, false);
    else where.opens(`${message}, and they are to be kept out`, expected);
  }
}
