import { Extension } from '../../../src/identity/ca/x509.ts';

/** Name constraints, put together by hand: the library has no class for them. */
export class NameConstraintsExtension extends Extension {
  constructor(names: { permittedUris?: string[]; excludedUris?: string[]; permittedMails?: string[] }) {
    const trees = (tag: number, texts: readonly string[]) =>
      texts.map((text) => tlv(0x30, tlv(tag, new TextEncoder().encode(text))));
    const permitted = [...trees(0x86, names.permittedUris ?? []), ...trees(0x81, names.permittedMails ?? [])];
    const excluded = trees(0x86, names.excludedUris ?? []);
    const lists = [
      ...(permitted.length > 0 ? [tlv(0xa0, join(permitted))] : []),
      ...(excluded.length > 0 ? [tlv(0xa1, join(excluded))] : []),
    ];
    super('2.5.29.30', true, tlv(0x30, join(lists)));
  }
}

function tlv(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array([tag, content.length, ...content]);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}
