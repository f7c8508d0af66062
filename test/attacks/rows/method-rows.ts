/** What is done about methods that are not what they seem, and about connections that become others. */

import { head, type World } from '../world/world.ts';
import { type AttackRow, refusedBy, rowIn } from './row.ts';

const row = rowIn('Methods, framing and upgrades');
const denied = refusedBy(403, 'access_denied');

const by =
  (method: string, headers: readonly string[] = [], body = '', target = '/x') =>
  (world: World) =>
    world.raw(head(method, target, 'gate.example', headers, body));

const upgrade = ['Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const chunked = '5\r\nhello\r\n0\r\n\r\n';

export const methodRows: readonly AttackRow[] = [
  row('a denied method', '403', 'RFC 9110 section 9', by('DELETE'), denied),
  row('a method in lower case', '501, by the runtime', 'RFC 9110 section 9.1', by('delete'), refusedBy(501, '')),
  row(
    'a method in lower case, by a Worker',
    'upper case, by the runtime, before it is judged',
    'GHSA-w44g-8m76-8gc5',
    (world) => world.via('TO_gate', 'http://gate.example/', { method: 'delete' }),
    denied,
  ),
  row('TRACE', 'like any method; never answered by an edge', 'RFC 9110 section 9.3.8', by('TRACE'), {
    status: 200,
    seen: { method: 'TRACE' },
  }),
  row('TRACK', '501, by the runtime', 'CVE-2004-2320', by('TRACK'), refusedBy(501, '')),
  row(
    'CONNECT',
    'refused by the runtime',
    'CVE-2021-43824, CVE-2025-64763, CVE-2026-73547',
    by('CONNECT', [], '', 'gate.example:443'),
    refusedBy(500, ''),
  ),
  row('a method of nobody', '501, by the runtime', 'RFC 9110 section 9.1', by('DELETE2'), refusedBy(501, '')),
  ...['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'].map((name) =>
    row(
      `a method by ${name}`,
      'never honoured; it arrives, and whose callee honours it takes it off by a RequestHeaderModifier',
      'CWE-650',
      by('POST', [`${name}: DELETE`, 'Content-Length: 0']),
      { status: 200, seen: { method: 'POST', headers: { [name.toLowerCase()]: 'DELETE' } } },
    ),
  ),
  row(
    'a method by _method in the query',
    'never honoured; it arrives',
    'CWE-650',
    by('POST', ['Content-Length: 0'], '', '/x?_method=DELETE'),
    { status: 200, seen: { method: 'POST' } },
  ),
  row(
    'Content-Length and Transfer-Encoding',
    'the chunks are the body, and what follows is a request of its own, judged by itself',
    'RFC 9112 section 6.3',
    (world) =>
      world.pipelined(
        `${head('POST', '/x', 'gate.example', ['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\n')}${head('DELETE', '/x', 'gate.example')}`,
        2,
      ),
    [200, 403],
  ),
  row(
    'Content-Length and Transfer-Encoding, toward the callee',
    'the body of the chunks',
    'RFC 9112 section 6.3',
    by('POST', ['Content-Length: 2', 'Transfer-Encoding: chunked'], chunked),
    { status: 200, seen: { body: 'hello' } },
  ),
  ...[
    ['two lengths', ['Content-Length: 1', 'Content-Length: 2']],
    ['two equal lengths', ['Content-Length: 1', 'Content-Length: 1']],
    ['a list of lengths', ['Content-Length: 1, 1']],
    ['a length with a sign', ['Content-Length: +1']],
    ['a negative length', ['Content-Length: -1']],
    ['a length in hex', ['Content-Length: 0x1']],
    ['an unknown transfer coding', ['Transfer-Encoding: xchunked']],
    ['two transfer codings', ['Transfer-Encoding: gzip, chunked']],
    ['two Transfer-Encoding lines', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
  ].map(([name, headers]) =>
    row(
      name as string,
      'refused by the runtime',
      'RFC 9112 section 6',
      by('POST', headers as string[], chunked),
      refusedBy(500, ''),
    ),
  ),
  row(
    'a chunk with an extension',
    'no body: the runtime breaks it off',
    'RFC 9112 section 7.1.1',
    async (world) =>
      (await by('POST', ['Transfer-Encoding: chunked'], '5;a=b\r\nhello\r\n0\r\n\r\n')(world)).seen?.body ?? '',
    '',
  ),
  row(
    'HTTP/2 without TLS, by Upgrade',
    'no upgrade: an HTTP/1.1 request, judged as such',
    'RFC 7540 section 3.2',
    by('DELETE', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
    denied,
  ),
  row(
    'HTTP/2 without TLS, by Upgrade, where the request is allowed',
    'an answer by HTTP/1.1',
    'RFC 7540 section 3.2',
    by('GET', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
    { status: 200, seen: { method: 'GET' } },
  ),
  row(
    'the preface of HTTP/2',
    '501, by the runtime',
    'RFC 9113 section 3.4',
    (world) => world.raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    refusedBy(501, ''),
  ),
  row('a WebSocket where it is allowed', 'opens', 'RFC 6455', by('GET', ['Upgrade: websocket', ...upgrade], '', '/x'), {
    status: 101,
  }),
  row(
    'a WebSocket at a denied path',
    'judged like any request',
    'RFC 6455 section 10.2',
    by('GET', ['Upgrade: websocket', ...upgrade], '', '/x/%2e%2e/socket'),
    denied,
  ),
  row(
    'a WebSocket in upper case at a denied path',
    'judged like any request',
    'RFC 6455 section 10.2',
    by('GET', ['Upgrade: WebSocket', ...upgrade], '', '/socket'),
    denied,
  ),
  row(
    'a WebSocket at a host of nobody',
    '404',
    'RFC 6455 section 10.2',
    (world) => world.raw(head('GET', '/', 'other.example', ['Upgrade: websocket', ...upgrade])),
    refusedBy(404, 'not_public'),
  ),
];
