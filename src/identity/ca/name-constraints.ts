/**
 * Name constraints of an authority (RFC 5280 section 4.2.1.10) over the two kinds of names that a service can have: URIs, of
 * which the host counts, and DNS names. Constraints over other kinds are not understood.
 */
import { checkOrder, type DerValue, readDerItems } from './der.ts';

/** Context tags of GeneralName, and of the two lists of subtrees. */
const dnsName = 0x82;
const uri = 0x86;
const permittedSubtrees = 0xa0;
const excludedSubtrees = 0xa1;

export interface NameConstraints {
  readonly permitted: readonly Subtree[];
  readonly excluded: readonly Subtree[];
  /** A subtree over a kind of name that is not understood, or with a depth. */
  readonly isUnknown: boolean;
}

interface Subtree {
  readonly kind: 'dns' | 'uri';
  readonly base: string;
}

/** Reads the value of the extension; throws where it is none. */
export function readNameConstraints(value: DerValue): NameConstraints {
  const found = { permitted: [] as Subtree[], excluded: [] as Subtree[], isUnknown: false };
  const lists = readDerItems(value.content);
  checkOrder(lists, [permittedSubtrees, excludedSubtrees]);
  for (const list of lists) {
    const into = list.tag === permittedSubtrees ? found.permitted : found.excluded;
    for (const entry of readDerItems(list.content)) {
      const [base, ...depths] = readDerItems(entry.content);
      if (base === undefined) throw new Error('a subtree without a base');
      const kind = base.tag === dnsName ? 'dns' : base.tag === uri ? 'uri' : undefined;
      if (kind === undefined || depths.length > 0) found.isUnknown = true;
      else into.push({ kind, base: new TextDecoder().decode(base.content).toLowerCase() });
    }
  }
  return found;
}

/** The first name that the constraints do not allow. */
export function forbiddenName(
  constraints: NameConstraints,
  names: { readonly uris: readonly string[]; readonly dnsNames: readonly string[] },
): string | undefined {
  for (const [kind, texts] of [
    ['uri', names.uris],
    ['dns', names.dnsNames],
  ] as const) {
    const permitted = constraints.permitted.filter((subtree) => subtree.kind === kind);
    const excluded = constraints.excluded.filter((subtree) => subtree.kind === kind);
    for (const text of texts) {
      const host = kind === 'uri' ? hostOf(text) : text.toLowerCase();
      if (excluded.some((subtree) => subtree.base === '' || isWithin(host, subtree))) return text;
      if (permitted.length > 0 && !permitted.some((subtree) => isWithin(host, subtree))) return text;
    }
  }
  return undefined;
}

/** A DNS base covers itself and what is below; a URI base is one host, or with a leading dot what is below it. No URI has an empty host. */
function isWithin(host: string, { kind, base }: Subtree): boolean {
  if (base === '') return kind === 'dns';
  if (base.startsWith('.')) return host.endsWith(base);
  return host === base || (kind === 'dns' && host.endsWith(`.${base}`));
}

function hostOf(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/i.exec(text)?.[1]?.toLowerCase() ?? '';
}
