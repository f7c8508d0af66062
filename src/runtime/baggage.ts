/** Baggage that goes out: what the code set itself, and what the journey carries under keys that the code did not set (W3C Baggage 3.3). */
export function joinBaggage(own: string | null, carried: string): string {
  if (own === null || own.trim() === '') return carried;
  if (carried === '' || carried === own) return own;
  const keys = new Set(own.split(',').map(keyOf));
  const added = carried.split(',').filter((member) => !keys.has(keyOf(member)));
  return [own, ...added].join(',');
}

function keyOf(member: string): string {
  const end = member.search(/[=;]/);
  return (end < 0 ? member : member.slice(0, end)).trim();
}
