/** Access rules in words, condition by condition: for the matrix, `explain` and lint. */
import type { AccessRule } from '../../core/access/decide.ts';
import type { TimeWindow } from '../../core/access/time-window.ts';

type Values = readonly (string | number)[];

const nouns: Readonly<Record<string, string>> = {
  principals: 'caller',
  requestPrincipals: 'end user',
  services: 'service',
  namespaces: 'namespace',
  serviceAccounts: 'service account',
  trustDomains: 'trust domain',
  ipBlocks: 'address',
  remoteIpBlocks: "client's address",
  versions: "caller's version",
  methods: 'method',
  paths: 'path',
  hosts: 'host',
  ports: 'port',
  rpc: 'RPC method',
};

/** More values than these are counted. */
const mostValues = 8;

/** One field of a `from` or `to` entry: `caller orders or cart`, `not path /admin/*`. */
export function fieldWords(field: string, value: unknown): string {
  const positive = positiveField(field);
  const not = isNegated(field) ? 'not ' : '';
  if (positive === 'geo') return `${not}from ${areaWords(value as Readonly<Record<string, Values | undefined>>)}`;
  return `${not}${nouns[positive] ?? positive} ${listed(value as Values)}`;
}

/** Whether a field names what must not fit: `notPaths`. */
export function isNegated(field: string): boolean {
  return /^not[A-Z]/.test(field);
}

/** `notPaths` as `paths`; any other field as it is. */
export function positiveField(field: string): string {
  return isNegated(field) ? `${field.charAt(3).toLowerCase()}${field.slice(4)}` : field;
}

/** One condition of `when`, one of its two lists. */
export function conditionWords(key: string, values: Values, negated: boolean): string {
  return `${key} ${negated ? 'is not' : 'is'} ${listed(values)}`;
}

/** `Mon, Tue 09:00-17:00 Europe/Berlin until 2026-12-01T00:00:00Z`. */
export function windowWords({ from, until, days, hours, timeZone }: TimeWindow): string {
  const parts = [
    days?.join(', '),
    hours,
    days === undefined && hours === undefined ? undefined : (timeZone ?? 'UTC'),
    from && `from ${from}`,
    until && `until ${until}`,
  ];
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/** A whole part of a rule, its alternatives joined by `; or`; `''` where the rule does not have it. */
export function partWords(rule: AccessRule, part: 'from' | 'to' | 'when' | 'during'): string {
  switch (part) {
    case 'when':
      return (rule.when ?? [])
        .flatMap(({ key, values, notValues }) => [
          ...(values === undefined ? [] : [conditionWords(key, values, false)]),
          ...(notValues === undefined ? [] : [conditionWords(key, notValues, true)]),
        ])
        .join(', ');
    case 'during':
      return (rule.during ?? []).map(windowWords).join('; or ');
    default:
      return (rule[part] ?? [])
        .map((entry: object) =>
          Object.entries(entry)
            .map(([field, value]) => fieldWords(field, value))
            .join(', '),
        )
        .join('; or ');
  }
}

function areaWords(areas: Readonly<Record<string, Values | undefined>>): string {
  return Object.values(areas)
    .flatMap((names) => (names === undefined ? [] : listed(names)))
    .join(' and ');
}

function listed(values: Values): string {
  const more = values.length - mostValues;
  const shown = (more > 0 ? values.slice(0, mostValues) : values).join(' or ');
  return more > 0 ? `${shown} or ${more} more` : shown;
}
