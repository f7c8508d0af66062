/** A certificate (RFC 5280 section 4.1) read once, with all that a judgement over a chain needs. */
import type { CertificateFacts } from '../authority.ts';
import { isAllowedSignature, isEcdsa, type KeyKind, keyKind } from './algorithms.ts';
import { ecdsaNumbers, otherForms } from './certificate-forms.ts';
import { checkDer } from './check-der.ts';
import { bitsOf, checkOrder, type DerValue, derTag, hexOf, objectId, octetsOf, readDer, readDerItems } from './der.ts';
import { derTimeMs } from './der-time.ts';
import { distinguishedName } from './distinguished-name.ts';
import { isKeyIdentifier, type KeyIdentifiers, readKeyIdentifiers } from './key-identifiers.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';
import { X509Certificate } from './x509.ts';

export interface ParsedCertificate extends CertificateFacts {
  readonly der: Uint8Array<ArrayBuffer>;
  /** Its own, and those of the forms in which others can show it: a revocation of one is of all. */
  readonly fingerprints: readonly string[];
  /** Names as bytes in hex: a chain holds together by equal bytes, not by equal texts. */
  readonly subjectBytes: string;
  readonly issuerBytes: string;
  readonly serialBytes: string;
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
  readonly keyIdentifiers: KeyIdentifiers;
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
const understood = new Set<string>([...Object.values(extensionId), '2.5.29.32']);

/** Reads a certificate; rejects where the bytes are no strict DER of a version 3 certificate. */
export async function parseCertificate(given: Uint8Array): Promise<ParsedCertificate> {
  const der = new Uint8Array(given);
  const whole = readDer(der, derTag.sequence);
  checkDer(whole);
  const [tbs, outer, signature, ...behind] = readDerItems(whole.content);
  if (tbs?.tag !== derTag.sequence || outer === undefined || signature === undefined || behind.length > 0)
    throw new Error('no certificate');
  const [version, serial, ...fields] = readDerItems(tbs.content);
  const [inner, issuer, validity, subject, spki, ...rest] = fields;
  if (version?.tag !== 0xa0 || hexOf(version.content) !== '020102') throw new Error('no certificate of version 3');
  if (serial?.tag !== derTag.integer || !inner || !issuer || !validity || !subject || !spki) {
    throw new Error('a certificate without one of its fields');
  }
  if (fields.slice(0, 5).some(({ tag }) => tag !== derTag.sequence)) throw new Error('a field of another kind');
  if (issuer.content.length === 0) throw new Error('a certificate of an issuer without a name');
  // A signature's algorithm stands twice, once under the signature (section 4.1.1.2).
  if (hexOf(inner.whole) !== hexOf(outer.whole)) throw new Error('two different signature algorithms');
  const [notBeforeMs, notAfterMs] = readValidity(validity);
  const extensions = readExtensions(rest);
  const x509 = new X509Certificate(der);
  const constraints = extensions.get(extensionId.basicConstraints);
  const { isCa, pathLength } = readBasicConstraints(constraints?.value);
  const names = extensions.get(extensionId.subjectAltName);
  // Who has no name but this has it marked critical (section 4.1.2.6).
  if (subject.content.length === 0 && names?.critical !== true) throw new Error('a subject without any name');
  const unknown = [...extensions].find(([id, { critical }]) => critical && !understood.has(id));
  const signed = octetsOf(signature);
  const forms = isEcdsa(inner) ? otherForms([tbs, outer], ecdsaNumbers(signed)) : [];
  const fingerprint = await fingerprintOf(der);
  return {
    der,
    fingerprint,
    fingerprints: [fingerprint, ...(await Promise.all(forms.map(fingerprintOf)))],
    serial: hexOf(serial.content).replace(/^(?:00)+(?=..)/, ''),
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    ...readNames(names?.value),
    notBeforeMs,
    notAfterMs,
    subjectBytes: hexOf(subject.whole),
    issuerBytes: hexOf(issuer.whole),
    serialBytes: hexOf(serial.content),
    isCa,
    pathLength,
    keyUsage: readKeyUsage(extensions.get(extensionId.keyUsage)?.value),
    extendedKeyUsage: extensions.has(extensionId.extendedKeyUsage)
      ? listed(extensions.get(extensionId.extendedKeyUsage)?.value).map(objectId)
      : undefined,
    nameConstraints: extensions.has(extensionId.nameConstraints)
      ? readNameConstraints(sequence(extensions.get(extensionId.nameConstraints)?.value))
      : undefined,
    unknownCritical: unknown?.[0],
    keyKind: keyKind(spki),
    hasAllowedSignature: isAllowedSignature(inner),
    keyIdentifiers: readKeyIdentifiers((id) => extensions.get(id)?.value),
    x509,
  };
}

/** The members that others than this folder may see. */
export function certificateFacts(certificate: ParsedCertificate): CertificateFacts {
  const { fingerprint, serial, subject, issuer, uris, dnsNames, notBeforeMs, notAfterMs } = certificate;
  return { fingerprint, serial, subject, issuer, uris, dnsNames, notBeforeMs, notAfterMs };
}

async function fingerprintOf(der: Uint8Array<ArrayBuffer>): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', der)));
}

function readValidity({ content }: DerValue): [notBeforeMs: number, notAfterMs: number] {
  const [notBefore, notAfter, ...more] = readDerItems(content);
  if (notBefore === undefined || notAfter === undefined || more.length > 0) throw new Error('no validity');
  return [derTimeMs(notBefore), derTimeMs(notAfter)];
}

interface Extension {
  readonly critical: boolean;
  readonly value: Uint8Array<ArrayBuffer>;
}

/** Behind the fields that every certificate has: two identifiers that are out of use, and the extensions, in this order. */
const optionalFields = [0x81, 0x82, 0xa3];

function readExtensions(fields: readonly DerValue[]): Map<string, Extension> {
  const found = new Map<string, Extension>();
  checkOrder(fields, optionalFields);
  const list = fields.find((field) => field.tag === 0xa3);
  if (list === undefined) return found;
  for (const item of listed(list.content)) {
    const [id, ...parts] = readDerItems(item.content);
    const value = parts.pop();
    const [flag, ...more] = parts;
    if (item.tag !== derTag.sequence || id === undefined || value?.tag !== derTag.octetString || more.length > 0)
      throw new Error('no extension');
    const critical = flag !== undefined && isTrue(flag);
    const name = objectId(id);
    if (found.has(name)) throw new Error(`extension ${name} stands twice`);
    if (understood.has(name) || isKeyIdentifier(name)) checkDer(readDer(value.content));
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

/** The values of a list that is never empty. */
function listed(bytes: Uint8Array<ArrayBuffer> | undefined): DerValue[] {
  const items = readDerItems(sequence(bytes).content);
  if (items.length === 0) throw new Error('an empty list');
  return items;
}

/** Nothing, or that it is an authority and, perhaps, how many stand below it at most. */
function readBasicConstraints(bytes: Uint8Array<ArrayBuffer> | undefined) {
  const [flag, length, ...more] = bytes === undefined ? [] : readDerItems(sequence(bytes).content);
  if (flag === undefined) return { isCa: false, pathLength: undefined };
  const isCa = isTrue(flag);
  if (more.length > 0) throw new Error('no basic constraints');
  if (length === undefined) return { isCa, pathLength: undefined };
  const [most = 128] = length.content;
  if (length.tag !== derTag.integer || length.content.length !== 1 || most > 127)
    throw new Error('a path length out of range');
  return { isCa, pathLength: most };
}

/** Bit 0 is the highest bit of the first octet. */
function readKeyUsage(bytes: Uint8Array<ArrayBuffer> | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const [octet = 0] = bitsOf(readDer(bytes));
  let bits = 0;
  for (let at = 0; at < 8; at += 1) if ((octet >> (7 - at)) & 1) bits |= 1 << at;
  return bits;
}

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const nameTags = [0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88];

function readNames(bytes: Uint8Array<ArrayBuffer> | undefined): Pick<CertificateFacts, 'uris' | 'dnsNames'> {
  const names = bytes === undefined ? [] : listed(bytes);
  if (names.some(({ tag }) => !nameTags.includes(tag))) throw new Error('a name of no kind');
  const texts = (tag: number) => names.filter((name) => name.tag === tag).map(({ content }) => ia5Text(content));
  return { uris: texts(0x86), dnsNames: texts(0x82) };
}

/** A name with bytes beyond printable ASCII could read as another one elsewhere. */
function ia5Text(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw new Error('a name that is not printable ASCII');
  return new TextDecoder().decode(bytes);
}
