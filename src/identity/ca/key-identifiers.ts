/** By what a certificate names its own key and that of its issuer (RFC 5280 sections 4.2.1.1 and 4.2.1.2), all of it in hex digits. */
import { checkOrder, derTag, hexOf, readDer, readDerItems } from './der.ts';

const subjectKeyIdentifier = '2.5.29.14';
const authorityKeyIdentifier = '2.5.29.35';

export interface KeyIdentifiers {
  readonly own: string | undefined;
  /** The members that are there: the key's identifier, and the certificate of the issuer by issuer and serial number. */
  readonly issuer: { readonly key?: string; readonly name?: string; readonly serial?: string };
}

/** Both extensions say what others say too, so that they are never critical. */
export function isKeyIdentifier(extension: string): boolean {
  return extension === subjectKeyIdentifier || extension === authorityKeyIdentifier;
}

export function readKeyIdentifiers(read: (extension: string) => Uint8Array<ArrayBuffer> | undefined): KeyIdentifiers {
  const own = read(subjectKeyIdentifier);
  const issuer = read(authorityKeyIdentifier);
  return {
    own: own && hexOf(readDer(own, derTag.octetString).content),
    issuer: issuer === undefined ? {} : readIssuer(issuer),
  };
}

/** keyIdentifier, authorityCertIssuer and authorityCertSerialNumber. */
const issuerTags = [0x80, 0xa1, 0x82];

/** Of the names of the issuer's issuer only one that is a whole name counts, which is the one that certificates have. */
function readIssuer(value: Uint8Array<ArrayBuffer>): KeyIdentifiers['issuer'] {
  const items = readDerItems(readDer(value, derTag.sequence).content);
  checkOrder(items, issuerTags);
  const [key, names, serial] = issuerTags.map((tag) => items.find((item) => item.tag === tag)?.content);
  const [name] = names === undefined ? [] : readDerItems(names).filter(({ tag }) => tag === 0xa4);
  return {
    ...(key && { key: hexOf(key) }),
    ...(name && { name: hexOf(name.content) }),
    ...(serial && { serial: hexOf(serial) }),
  };
}

/** What an issuer is called in certificates below it. */
export interface NamedIssuer {
  readonly keyIdentifiers: KeyIdentifiers;
  readonly issuerBytes: string;
  readonly serialBytes: string;
}

/** Whether what a certificate says of its issuer's key, if it does, is true of this issuer. */
export function namesIssuer(
  { issuer }: KeyIdentifiers,
  { keyIdentifiers, issuerBytes, serialBytes }: NamedIssuer,
): boolean {
  const { key, name = issuerBytes, serial = serialBytes } = issuer;
  const isItsKey = key === undefined || keyIdentifiers.own === undefined || key === keyIdentifiers.own;
  return isItsKey && name === issuerBytes && serial === serialBytes;
}
