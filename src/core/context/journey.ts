/**
 * The versions that were chosen on the way to a call: `orders:v2,cart:v1`, oldest first, as the `versions` member of the mesh's context
 * carries them. So a caller who was given version 2 of one service can be given version 2 of the next.
 */

export interface JourneyVersion {
  readonly service: string;
  readonly version: string;
}

/** No document has a reason to look further back, and each member travels with every call below it. */
export const maxJourneyVersions = 16;

/** Longest text of a journey; long names make room by dropping the oldest members. */
export const maxJourneyLength = 1024;

/** The characters that names of services and versions have, and what stands between them. */
const journeyForm = /^[\w.:,-]*$/;

/** The text as it may be believed to be a journey; `''` where it is too long or has other characters than names have. */
export function journeyText(text: string): string {
  return text.length <= maxJourneyLength && journeyForm.test(text) ? text : '';
}

/** The members, oldest first; what is no member is left out. */
export function parseJourneyVersions(journey: string): readonly JourneyVersion[] {
  if (journey === '') return [];
  return journey.split(',').flatMap((member) => {
    const at = member.indexOf(':');
    return at <= 0 || at === member.length - 1 ? [] : [{ service: member.slice(0, at), version: member.slice(at + 1) }];
  });
}

/** The version of `service` that was chosen last in this journey; undefined where none was. */
export function journeyVersion(journey: string, service: string): string | undefined {
  if (journey === '' || service === '') return undefined;
  const start = `${service}:`;
  let at = journey.startsWith(start) ? 0 : -1;
  const last = journey.lastIndexOf(`,${start}`);
  if (last >= 0) at = last + 1;
  if (at < 0) return undefined;
  const from = at + start.length;
  const end = journey.indexOf(',', from);
  return journey.slice(from, end < 0 ? undefined : end) || undefined;
}

/** The journey of the calls that this version will make. What was chosen for the service before is replaced; over the bound the oldest go. */
export function appendJourneyVersion(journey: string, service: string, version: string): string {
  const member = `${service}:${version}`;
  if (journey === '' || journey === member) return member;
  const kept = journey.split(',').filter((other) => !other.startsWith(`${service}:`));
  kept.push(member);
  while (kept.length > maxJourneyVersions) kept.shift();
  let text = kept.join(',');
  while (text.length > maxJourneyLength && text.includes(',')) text = text.slice(text.indexOf(',') + 1);
  return text;
}
