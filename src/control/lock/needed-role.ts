/** The least role for what is asked of control. What no row names needs the role that may everything. */
import { sameText } from '../../model/diff/diff-values.ts';
import { type StoredDocument, serviceDocument } from '../../model/sound-document.ts';
import type { Role } from './role.ts';

interface Row {
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly role: Role;
}

const read = ['GET', 'HEAD'];

/** The first row that fits decides. */
const rows: readonly Row[] = [
  // Who did what, from where: not for everybody who may look at traffic.
  { methods: read, path: /^\/(?:api\/)?audit$/, role: 'operator' },
  { methods: read, path: /^/, role: 'viewer' },
  { methods: ['POST'], path: /^\/api\/services\/[^/]+\/split$/, role: 'operator' },
  // What these change says which role they need: see `roleForChange`. Many at once may also only ask what would change, which is a look.
  { methods: ['PUT'], path: /^\/api\/documents\/service(?:\/|%2f)[^/]+$/i, role: 'operator' },
  { methods: ['POST'], path: /^\/api\/documents$/, role: 'viewer' },
];

/** The least role for a request, before its content is looked at. */
export function roleForRequest(method: string, path: string): Role {
  return rows.find((row) => row.methods.includes(method) && row.path.test(path))?.role ?? 'admin';
}

export interface NeededRole {
  readonly role: Role;
  /** What it is in the change that needs this role. */
  readonly why: string;
}

/** What moves traffic. Of all other fields, those that are yet to come included, a change needs an admin. */
const trafficFields: ReadonlySet<string> = new Set(['versions', 'balance', 'outlier', 'routes']);

/**
 * The least role for putting one document in the place of another: `undefined` is none, `malformed` one that cannot be compared.
 * A new document opens its service to all callers that it does not shut out, and a deleted one shuts them all out.
 */
export function roleForChange(
  before: StoredDocument | 'malformed' | undefined,
  after: StoredDocument | undefined,
): NeededRole {
  if (before === undefined) return { role: 'admin', why: 'a new document' };
  if (after === undefined) return { role: 'admin', why: 'deleting a document' };
  if (before === 'malformed') return { role: 'admin', why: 'replacing a malformed value' };
  const [one, other] = [serviceDocument(before), serviceDocument(after)];
  if (one === undefined || other === undefined) return { role: 'admin', why: 'a change of the mesh document' };
  const fields = new Set([...Object.keys(one), ...Object.keys(other)] as (keyof typeof one)[]);
  const guarded = [...fields].filter(
    (field) => !trafficFields.has(field) && sameText(one[field]) !== sameText(other[field]),
  );
  if (guarded.length > 0) return { role: 'admin', why: `a change of ${guarded.sort().join(', ')}` };
  const known = placesOutside(one);
  if ([...placesOutside(other)].some((place) => !known.has(place)))
    return { role: 'admin', why: 'a version outside of the account that was not there before' };
  return { role: 'operator', why: 'a change of traffic' };
}

type Versions = NonNullable<ReturnType<typeof serviceDocument>>;

/** Where a document sends calls out of the account, and with which proof of who asks. */
function placesOutside({ versions = {} }: Versions): ReadonlySet<string> {
  const places = Object.values(versions).flatMap((version) => version.endpoints ?? [version]);
  return new Set(
    places.flatMap(({ url, mtls, audience }) => (url === undefined ? [] : [JSON.stringify([url, mtls, audience])])),
  );
}
