/** Addresses and blocks of addresses (RFC 4291, RFC 4632), read once and compared as numbers, so that each address has one form. */

/** One word of 32 bits for IPv4, four for IPv6. */
type Words = readonly number[];

export interface IpBlock {
  readonly words: Words;
  readonly bits: number;
}

const v4Form = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const groupForm = /^[0-9a-f]{1,4}$/i;
const bitsForm = /^(?:0|[1-9]\d{0,2})$/;
const mappedMark = 0xffff;

function readV4(text: string): number | undefined {
  if (!v4Form.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.some((part) => part > 255) ? undefined : parts.reduce((word, part) => word * 256 + part, 0);
}

function readV6(text: string): Words | undefined {
  let groups = text;
  const tail = text.slice(text.lastIndexOf(':') + 1);
  if (tail.includes('.')) {
    const v4 = readV4(tail);
    if (v4 === undefined) return undefined;
    groups = `${text.slice(0, -tail.length)}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  }
  const halves = groups.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const left = 8 - halves.flat().length;
  if (halves.length > 2 || (halves.length === 2 ? left < 1 : left !== 0)) return undefined;
  const [before = [], after = []] = halves;
  const all = [...before, ...Array<string>(left).fill('0'), ...after];
  if (!all.every((group) => groupForm.test(group))) return undefined;
  return [0, 2, 4, 6].map((at) => Number(`0x${all[at]}`) * 65_536 + Number(`0x${all[at + 1]}`));
}

/** An address, or a block as address and number of bits; undefined where the text is neither. */
export function parseIpBlock(text: string): IpBlock | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const v4 = readV4(address);
  const words = v4 === undefined ? readV6(address) : [v4];
  if (words === undefined) return undefined;
  const most = words.length * 32;
  const said = text.slice(slash + 1);
  if (slash >= 0 && (!bitsForm.test(said) || Number(said) > most)) return undefined;
  const bits = slash < 0 ? most : Number(said);
  // An IPv4 address in IPv6 clothes (RFC 4291 section 2.5.5.2) is that IPv4 address.
  const [high, low, mark, mapped] = words;
  return mapped !== undefined && high === 0 && low === 0 && mark === mappedMark && bits >= 96
    ? { words: [mapped], bits: bits - 96 }
    : { words, bits };
}

/** Whether an address is in one of the blocks. A text that is no address is in none, and what is no block has no address. */
export function ipMatcher(blocks: readonly string[]): (address: string) => boolean {
  const known = blocks.flatMap((block) => parseIpBlock(block) ?? []);
  return (address) => {
    const asked = address === '' ? undefined : parseIpBlock(address);
    return asked !== undefined && known.some((block) => holds(block, asked));
  };
}

function holds({ words, bits }: IpBlock, asked: IpBlock): boolean {
  if (asked.words.length !== words.length || asked.bits < bits) return false;
  let left = bits;
  for (let index = 0; left > 0; index += 1) {
    const unasked = Math.max(0, 32 - left);
    if ((words[index] as number) >>> unasked !== (asked.words[index] as number) >>> unasked) return false;
    left -= 32;
  }
  return true;
}
