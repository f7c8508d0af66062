/** The other form of a certificate that ECDSA on P-256 signed: the same content with a signature that holds as well, made by who has no key. */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

export function twinOf(der: Uint8Array): Buffer {
  const [tbs, algorithm, bits] = items(content(Buffer.from(der))) as [Buffer, Buffer, Buffer];
  const [r, s] = items(content(content(bits).subarray(1))) as [Buffer, Buffer];
  const signature = written(0x30, r, integer(order - BigInt(`0x${content(s).toString('hex')}`)));
  return written(0x30, tbs, algorithm, written(0x03, Buffer.from([0]), signature));
}

function integer(number: bigint): Buffer {
  const octets = Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
  const first = octets.findIndex((octet) => octet !== 0);
  const least = octets.subarray(first);
  return written(0x02, (least[0] as number) >= 0x80 ? Buffer.from([0, ...least]) : least);
}

function headOf(value: Buffer): number {
  const length = value[1] as number;
  return length < 0x80 ? 2 : 2 + (length & 0x7f);
}

function content(value: Buffer): Buffer {
  return value.subarray(headOf(value));
}

function items(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const value = bytes.subarray(at);
    const head = headOf(value);
    const length = head === 2 ? (value[1] as number) : value.readUIntBE(2, head - 2);
    found.push(value.subarray(0, head + length));
    at += head + length;
  }
  return found;
}

function written(tag: number, ...parts: readonly Buffer[]): Buffer {
  const all = Buffer.concat(parts);
  const { length } = all;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), all]);
}
