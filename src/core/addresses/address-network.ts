/** What stands for one caller where callers are counted by address. */

/**
 * An IPv4 address as it is; of an IPv6 address the first 64 bits, because one line has that many addresses at least (RFC 6177), and
 * counting each by itself would count nobody. Text that is no address stands for itself.
 */
export function addressNetwork(address: string): string {
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const absent = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: absent }, () => '0'), ...right].slice(0, 4);
  return `${groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
