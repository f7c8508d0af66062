/** What is done about callers that read access rules closely. */
import { makeToken } from '../../identity/tokens/make-token.ts';
import { issuers, usersKey } from '../world/ruled-services.ts';
import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy, rowIn } from './row.ts';

const row = rowIn('Access rules');
const denied = refusedBy(403, 'access_denied');
const passes = { status: 200, seen: { worker: 'callee' } };

const sent =
  (path: string, headers: readonly string[] = [], host = 'ruled.example') =>
  (world: World) =>
    world.raw(head('GET', path, host, headers));

/** With a token that holds, of an issuer that the service knows. */
const shown =
  (path: string, claims: object = {}, iss: keyof typeof issuers = 'idp') =>
  async (world: World) => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = await makeToken(await usersKey, { iss: issuers[iss], sub: 'ann', exp, ...claims } as never);
    return sent(path, [`Authorization: Bearer ${token}`])(world);
  };

const users = 'Istio requestPrincipals';
const refusedToken = refusedBy(401, 'invalid_token');
const claims = 'Istio request.auth.claims';
const notFields = 'Istio notValues';

/** What a claim is, and whether the rule that names `admin` or `7` takes it. */
const claimed = (path: string, said: object, holds: boolean) =>
  row(
    `${JSON.stringify(said)}, where a rule asks for ${path === '/level' ? '7' : 'admin'}`,
    holds ? 'matches' : 'does not match: 403',
    claims,
    shown(path, said),
    holds ? passes : denied,
  );

export const ruleRows: readonly AttackRow[] = [
  row('the end user that a rule names', 'matches', users, shown('/ann'), passes),
  row('a subject of that name, of an issuer whose name ends alike', '403', users, shown('/ann', {}, 'alike'), denied),
  row('a subject of that name, of an issuer below', '403', users, shown('/ann', {}, 'below'), denied),
  row(
    'a subject with a slash, that reads as one of another issuer',
    'refused: 401',
    users,
    shown('/slash', { sub: 'ann/bob' }),
    refusedToken,
  ),
  row('the subject of that other issuer', 'matches', users, shown('/slash', { sub: 'bob' }, 'below'), passes),
  row('an empty subject', 'refused: 401', users, shown('/ann', { sub: '' }), refusedToken),
  row('a subject that is a pattern', 'a text: 403', users, shown('/ann', { sub: '*' }), denied),
  row(
    'an end user named orders, where a rule names that service',
    'an end user is no service: 403',
    'SPIFFE-ID section 2',
    shown('/orders', { sub: 'orders' }),
    denied,
  ),
  row(
    "an end user named by a service's SPIFFE id",
    'refused: 401',
    'SPIFFE-ID section 2',
    shown('/orders', { sub: 'spiffe://mesh.local/svc/orders' }),
    refusedToken,
  ),
  row('an end user, where any service may call', '403', 'SPIFFE-ID section 2', shown('/services'), denied),
  row('an end user, where the own trust domain may call', '403', 'SPIFFE-ID section 2', shown('/domain'), denied),
  claimed('/role', { role: 'admin' }, true),
  claimed('/role', { role: ['user', 'admin'] }, true),
  claimed('/role', { role: 'user,admin' }, false),
  claimed('/role', { role: 'user admin' }, false),
  claimed('/role', { role: 'Admin' }, false),
  claimed('/role', { role: [['admin']] }, false),
  claimed('/role', { role: { admin: true } }, false),
  claimed('/role', { role: null }, false),
  claimed('/role', { 'role]': 'admin', ROLE: 'admin' }, false),
  claimed('/level', { level: 7 }, true),
  claimed('/level', { level: [7] }, true),
  claimed('/level', { level: '07' }, false),
  claimed('/level', { level: 7.5 }, false),
  claimed('/level', { level: true }, false),
  claimed('/nested', { realm: { role: 'admin' } }, true),
  claimed('/nested', { 'realm.role': 'admin', role: 'admin' }, false),
  claimed('/nested', { realm: [{ role: 'admin' }] }, false),
  row('a claim that every object has', 'no claim: 403', 'CWE-1321', shown('/any-claim'), denied),
  row('a rule about claims, without a token', '403', claims, sent('/role'), denied),
  row('a header that is not bad, by its absence', 'matches', notFields, sent('/not-bad'), passes),
  row(
    'a header that is bad in its second line',
    'one of its lines suffices: 403',
    'CVE-2026-26308',
    sent('/not-bad', ['X-Key: good', 'X-Key: bad']),
    denied,
  ),
  row('a header that must be good, by its absence', '403', notFields, sent('/only-good'), denied),
  row('a header that must be good', 'passes', notFields, sent('/only-good', ['X-Key: good']), passes),
  row(
    'a header that must be good, in one of its lines',
    'as a whole: 403',
    'CVE-2026-26308',
    sent('/only-good', ['X-Key: good', 'X-Key: other']),
    denied,
  ),
  row('before the window of an allow rule', '403', 'RFC 3339', sent('/later'), denied),
  row('after the window of an allow rule', '403', 'RFC 3339', sent('/over'), denied),
  row('an allow rule that is only tried', 'allows nothing: 403', 'istio.io/dry-run', sent('/dry'), denied),
  row('a deny rule that is only tried', 'denies nothing', 'istio.io/dry-run', sent('/watched'), passes),
  row(
    "what the mesh denies, where the service's own rule allows",
    'deny wins: 403',
    'Istio root namespace',
    sent('/banned', ['X-Banned: 1']),
    denied,
  ),
  row(
    'what the mesh denies, by a header without a value',
    '403: it is there',
    'Istio root namespace',
    sent('/banned', ['X-Banned:']),
    denied,
  ),
  row(
    'what the mesh denies, where the service inherits nothing',
    'passes',
    'ARCHITECTURE.md',
    sent('/', ['X-Banned: 1'], 'apart.example'),
    passes,
  ),
  row(
    'what the mesh denies, of a service in the mesh',
    '403',
    'Istio root namespace',
    (world) => world.via('TO_inner', 'http://inner/x', { headers: { 'x-banned': '1' } }),
    denied,
  ),
];
