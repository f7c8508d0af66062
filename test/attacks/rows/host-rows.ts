/** What is done about each oddity of a host, and where two places name one. */

import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy, rowIn } from './row.ts';

const row = rowIn('Hosts');
const denied = refusedBy(403, 'access_denied');

const atHost =
  (host: string, headers: readonly string[] = [], target = '/x') =>
  (world: World) =>
    world.raw(head('GET', target, host, headers));

const byUrl = (service: string, url: string, headers: object) => (world: World) =>
  world.via(`TO_${service}`, url, { headers });

export const hostRows: readonly AttackRow[] = [
  row('upper case in a host', 'judged in lower case', 'CVE-2021-39155', atHost('INNER.Gate.example'), denied),
  row('the dot of a fully qualified host', 'none, when judged', 'RFC 1034', atHost('inner.gate.example.'), denied),
  row('a host with a port', 'judged without', 'ISTIO-SECURITY-2021-008', atHost('inner.gate.example:8443'), denied),
  row(
    'a port with zeros before it',
    'judged without',
    'RFC 3986 section 3.2.3',
    atHost('inner.gate.example:080'),
    denied,
  ),
  row('an empty port', 'judged without', 'RFC 3986 section 3.2.3', atHost('inner.gate.example:'), denied),
  row('a port beyond 65535', '400', 'URL standard', atHost('a.gate.example:99999'), refusedBy(400, 'bad_request')),
  row(
    'a port that is no number',
    '404: no such host',
    'RFC 9110',
    atHost('gate.example:x'),
    refusedBy(404, 'not_public'),
  ),
  row(
    'a user in the host',
    'refused by the runtime',
    'RFC 9110 section 4.2.4',
    atHost('a@gate.example'),
    refusedBy(500, ''),
  ),
  row(
    'a path in the host',
    'refused by the runtime',
    'RFC 9112 section 3.2',
    atHost('gate.example/x'),
    refusedBy(500, ''),
  ),
  row('a host in other letters', 'refused by the runtime', 'UTS 46', atHost('g\xc3\xa0te.example'), refusedBy(500, '')),
  row(
    'a letter that becomes an ASCII one in lower case',
    'refused by the runtime',
    'UTS 46 (U+212A)',
    atHost('\xe2\x84\xaa.gate.example'),
    refusedBy(500, ''),
  ),
  row('punycode that is none', '400', 'UTS 46', atHost('xn--a.gate.example'), refusedBy(400, 'bad_request')),
  row('a host of escapes', 'refused by the runtime', 'RFC 3986', atHost('inner%2egate.example'), refusedBy(500, '')),
  row(
    'two Host lines',
    'refused by the runtime',
    'RFC 9112 section 3.2',
    atHost('gate.example', ['Host: b']),
    refusedBy(500, ''),
  ),
  row(
    'no Host',
    '400, by the runtime',
    'RFC 9112 section 3.2',
    (world) => world.raw('GET / HTTP/1.1\r\n\r\n'),
    refusedBy(400, ''),
  ),
  row(
    'an IPv6 host',
    '404: no service has it',
    'RFC 3986 section 3.2.2',
    atHost('[::1]:80'),
    refusedBy(404, 'not_public'),
  ),
  row('a host of nobody', '404', 'RFC 9110 section 7.4', atHost('other.example'), refusedBy(404, 'not_public')),
  row(
    'hosts named by X-Forwarded-Host and Forwarded',
    'never read; they arrive',
    'RFC 7239 section 8',
    atHost('inner.gate.example', [
      'X-Forwarded-Host: gate.example',
      'Forwarded: host=gate.example',
      'X-Host: gate.example',
    ]),
    denied,
  ),
  ...['0x7f.1', '0177.0.0.1', '2130706433', '127.1', '[0:0::1]'].map((host) =>
    row(
      `an address in another spelling: ${host}`,
      '400',
      'URL standard',
      (world) => world.viaLegacy('TO_gate', `http://${host}/x`),
      refusedBy(400, 'bad_request'),
    ),
  ),
  row(
    'a Worker that writes another Host than its URL has, to a service with rules by host',
    'the Host becomes that of the URL, which was judged',
    'RFC 9112 section 3.2.2',
    byUrl('gate', 'http://gate.example/', { host: 'inner.gate.example' }),
    { status: 200, seen: { url: 'http://gate.example/', headers: { host: 'gate.example' } } },
  ),
  row(
    'a Worker that writes another Host than its URL has, to a service that asks an authoriser',
    'the Host becomes that of the URL, which was asked about',
    'RFC 9112 section 3.2.2',
    byUrl('asking', 'http://asking.example/', { host: 'inner.asking.example' }),
    { status: 200, seen: { url: 'http://asking.example/', headers: { host: 'asking.example' } } },
  ),
  row(
    'a Worker that writes an allowed Host beside a denied URL',
    'the URL is judged',
    'RFC 9112 section 3.2.2',
    byUrl('gate', 'http://inner.gate.example/', { host: 'gate.example' }),
    denied,
  ),
  row(
    'a Worker that writes another Host, to a service without rules by host',
    "arrives: the caller's own word, as without a mesh",
    'RFC 9112 section 3.2.2',
    byUrl('base', 'http://base.example/', { host: 'other.example' }),
    { status: 200, seen: { url: 'http://base.example/', headers: { host: 'other.example' } } },
  ),
];
