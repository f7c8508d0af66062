/** A certificate (RFC 5280 section 4.1) read once, with all that a judgement over a chain needs. */
import type { CertificateFacts } from '../authority.ts';
import { isAllowedSignature, type KeyKind, keyKind } from './algorithms.ts';
import { type DerValue, derTag, hexOf, objectId, readDer, readDerItems } from './der.ts';
import { distinguishedName } from './distinguished-name.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
import { X509Certificate } from './x509.ts';

export interface ParsedCertificate extends CertificateFacts {
  readonly der: Uint8Array<ArrayBuffer>;
  /** Names as bytes in hex: a chain holds together by equal bytes, not by equal texts. */
  readonly subjectBytes: string;
  readonly issuerBytes: string;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  /** Bits of RFC 5280 section 4.2.1.3, `digitalSignature` being 1; `undefined` where the extension is absent. */
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** A critical extension that is not understood. */
  readonly unknownCritical: string | undefined;
  /** `undefined` for a key that is not allowed. */
  readonly keyKind: KeyKind | undefined;
  readonly hasAllowedSignature: boolean;
  /** For verifying signatures. */
  readonly x509: X509Certificate;
}

/** Bits of `keyUsage`. */
export const keyUsageBit = { digitalSignature: 1, keyCertSign: 1 << 5, cRLSign: 1 << 6 } as const;

const extensionId = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Policies are among them because every policy is accepted (RFC 5280 section 6.1.1: any-policy). */
const understood = new Set<string>([...Object.values(extensionId), '2.5.29.14', '2.5.29.35', '2.5.29.32']);

/** Reads a certificate; rejects where the bytes are no strict DER of a version 3 certificate. */
export async function parseCertificate(given: Uint8Array): Promise<ParsedCertificate> {
  const der = new Uint8Array(given);
  const [tbs, outer, signature] = readDerItems(readDer(der, derTag.sequence).content);
  if (tbs === undefined || outer === undefined || signature?.tag !== derTag.bitString)
    throw new Error('no certificate');
  const [version, serial, inner, issuer, validity, subject, spki, ...rest] = readDerItems(tbs.content);
  if (version?.tag !== 0xa0 || hexOf(version.content) !== '020102') throw new Error('no certificate of version 3');
  if (serial?.tag !== derTag.integer || !inner || !issuer || !validity || !subject || !spki) {
    throw new Error('a certificate without one of its fields');
  }
  // A signature's algorithm stands twice, once under the signature (section 4.1.1.2).
  if (hexOf(inner.whole) !== hexOf(outer.whole)) throw new Error('two different signature algorithms');
  const extensions = readExtensions(rest);
  const x509 = new X509Certificate(der);
  const constraints = extensions.get(extensionId.basicConstraints);
  const { isCa, pathLength } = readBasicConstraints(constraints?.value);
  const unknown = [...extensions].find(([id, { critical }]) => critical && !understood.has(id));
  return {
    der,
    fingerprint: hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', der))),
    serial: hexOf(serial.content).replace(/^(?:00)+(?=..)/, ''),
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    ...readNames(extensions.get(extensionId.subjectAltName)?.value),
    notBeforeMs: x509.notBefore.getTime(),
    notAfterMs: x509.notAfter.getTime(),
    subjectBytes: hexOf(subject.whole),
    issuerBytes: hexOf(issuer.whole),
    isCa,
    pathLength,
    keyUsage: readKeyUsage(extensions.get(extensionId.keyUsage)?.value),
    extendedKeyUsage: extensions.has(extensionId.extendedKeyUsage)
      ? readDerItems(sequence(extensions.get(extensionId.extendedKeyUsage)?.value).content).map(objectId)
      : undefined,
    nameConstraints: extensions.has(extensionId.nameConstraints)
      ? readNameConstraints(sequence(extensions.get(extensionId.nameConstraints)?.value))
      : undefined,
    unknownCritical: unknown?.[0],
    keyKind: keyKind(spki),
    hasAllowedSignature: isAllowedSignature(inner),
    x509,
  };
}

/** The members that others than this folder may see. */
export function certificateFacts(certificate: ParsedCertificate): CertificateFacts {
  const { fingerprint, serial, subject, issuer, uris, dnsNames, notBeforeMs, notAfterMs } = certificate;
  return { fingerprint, serial, subject, issuer, uris, dnsNames, notBeforeMs, notAfterMs };
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array<ArrayBuffer>;
}

function readExtensions(fields: readonly DerValue[]): Map<string, Extension> {
  const found = new Map<string, Extension>();
  const list = fields.find((field) => field.tag === 0xa3);
  if (list === undefined) return found;
  for (const item of readDerItems(readDer(list.content, derTag.sequence).content)) {
    const [id, ...parts] = readDerItems(item.content);
    const value = parts.pop();
    const [flag, ...more] = parts;
    if (id === undefined || value?.tag !== derTag.octetString || more.length > 0) throw new Error('no extension');
    const critical = flag !== undefined && isTrue(flag);
    const name = objectId(id);
    if (found.has(name)) throw new Error(`extension ${name} stands twice`);
    found.set(name, { critical, value: value.content });
  }
  return found;
}

/** DER writes a boolean only where it is not the default, which is false in certificates (X.690 sections 11.1 and 11.5). */
function isTrue({ tag, content }: DerValue): boolean {
  if (tag !== derTag.boolean || hexOf(content) !== 'ff') throw new Error('a boolean that is not written as true');
  return true;
}

function sequence(bytes: Uint8Array<ArrayBuffer> | undefined): DerValue {
  return readDer(bytes ?? new Uint8Array(), derTag.sequence);
}

function readBasicConstraints(bytes: Uint8Array<ArrayBuffer> | undefined) {
  if (bytes === undefined) return { isCa: false, pathLength: undefined };
  const items = readDerItems(sequence(bytes).content);
  const [first] = items;
  const isCa = first?.tag === derTag.boolean && isTrue(first);
  const length = items.find((item) => item.tag === derTag.integer);
  if (length === undefined) return { isCa, pathLength: undefined };
  if (length.content.length !== 1 || (length.content[0] ?? 0) > 127) throw new Error('a path length out of range');
  return { isCa, pathLength: length.content[0] };
}

/** The first byte of a bit string counts its unused bits; bit 0 is the highest bit of the next byte. */
function readKeyUsage(bytes: Uint8Array<ArrayBuffer> | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const { content } = readDer(bytes, derTag.bitString);
  let bits = 0;
  for (let at = 0; at < 8; at += 1) if (((content[1] ?? 0) >> (7 - at)) & 1) bits |= 1 << at;
  return bits;
}

function readNames(bytes: Uint8Array<ArrayBuffer> | undefined): Pick<CertificateFacts, 'uris' | 'dnsNames'> {
  const names = bytes === undefined ? [] : readDerItems(sequence(bytes).content);
  const texts = (tag: number) => names.filter((name) => name.tag === tag).map(({ content }) => ia5Text(content));
  return { uris: texts(0x86), dnsNames: texts(0x82) };
}

/** A name with bytes beyond printable ASCII could read as another one elsewhere. */
function ia5Text(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw new Error('a name that is not printable ASCII');
  return new TextDecoder().decode(bytes);
}
