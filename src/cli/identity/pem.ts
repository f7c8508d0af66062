/** Texts of RFC 7468: certificates and keys as files hold them. */

/** One block of a file. */
export function pemBlock(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The DER of every certificate in a file, in base64 and in order; whatever else stands in the file is passed over. */
export function certificatesOf(text: string): string[] {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g);
  return Array.from(blocks, ([, body = '']) => body.replaceAll(/\s/g, ''));
}
