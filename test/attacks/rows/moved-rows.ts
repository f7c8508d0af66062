/** What is done about paths that an edge itself makes: redirects, rewrites, and what is sent to URLs. */

import { head } from '../world/world.ts';
import { type AttackRow, refusedBy } from './row.ts';

const area = 'Redirects, rewrites and URLs';

/** Where a redirect leads. */
const leads = (name: string, decided: string, source: string, target: string, location: string): AttackRow => ({
  name,
  area,
  source,
  decided,
  send: async (world) => (await world.raw(head('GET', target, 'moved.example'))).headers.location,
  expect: location,
});

const row = (name: string, decided: string, source: string, target: string, expect: unknown): AttackRow => ({
  name,
  area,
  source,
  decided,
  send: (world) => world.raw(head('GET', target, 'moved.example')),
  expect,
});

/** What a server behind a URL with the path `/base` receives, as bytes. */
const beyond = (
  name: string,
  decided: string,
  source: string,
  target: string,
  headers: readonly string[],
  holds: (bytes: string) => boolean,
  body = '',
): AttackRow => ({
  name,
  area,
  source,
  decided,
  send: async (world) => {
    const method = headers.some((line) => /^(content-length|transfer-encoding)/i.test(line)) ? 'POST' : 'GET';
    const { text } = await world.raw(head(method, target, 'beyond.example', headers, body));
    return (text.startsWith(method) && holds(text)) || text;
  },
  expect: true,
});

export const movedRows: readonly AttackRow[] = [
  leads(
    'a redirect of a path that reads as a host',
    'always an absolute URL of the host that was called',
    'CWE-601',
    '/old//evil.example/x',
    'http://moved.example//evil.example/x',
  ),
  leads('a redirect of a backslash', 'a slash', 'CWE-601', '/old/\\evil.example', 'http://moved.example//evil.example'),
  leads(
    'a redirect of an encoded backslash',
    'stays encoded',
    'CWE-601',
    '/old/%5cevil.example',
    'http://moved.example/%5cevil.example',
  ),
  leads(
    'a redirect of encoded line ends',
    'stay encoded',
    'CWE-113',
    '/old/%0d%0aSet-Cookie:%20a=1',
    'http://moved.example/%0d%0aSet-Cookie:%20a=1',
  ),
  leads(
    'a redirect of a query of raw bytes',
    'encoded',
    'RFC 9110 section 10.2.2',
    '/old?a=\xc3\xa9"',
    'http://moved.example/?a=%C3%A9"',
  ),
  leads('a redirect of dots', 'resolved before', 'CWE-601', '/old/x/%2e%2e/y', 'http://moved.example/y'),
  leads(
    'a redirect of an at sign',
    'of the path',
    'CWE-601',
    '/old/@evil.example',
    'http://moved.example/@evil.example',
  ),
  row('a rewrite of a prefix', 'the rest stays', 'HTTPRoute', '/api/x', { status: 200, seen: { pathname: '/v1/x' } }),
  row('dots out of a rewritten prefix', 'resolved before the match', 'CVE-2021-29492', '/api/%2e%2e/direct', {
    status: 200,
    text: 'fixed',
  }),
  row('encoded slashes after a rewritten prefix', 'stay', 'CVE-2021-29492', '/api/..%2f..%2fx', {
    status: 200,
    seen: { url: 'http://moved.example/v1/..%2f..%2fx' },
  }),
  row(
    'dots that an expression puts together',
    'refused: what is rewritten is canonical or nothing',
    'CVE-2021-29492',
    '/regex/a.b.',
    refusedBy(500, 'bad_rewrite'),
  ),
  row(
    'an escape that an expression puts together',
    'refused',
    'CVE-2021-29492',
    '/regex/a%b2e',
    refusedBy(500, 'bad_rewrite'),
  ),
  beyond('dots out of the path of a URL', 'resolved before', 'CVE-2021-29492', '/x/%2e%2e/%2e%2e/secret', [], (bytes) =>
    bytes.startsWith('GET /base/secret HTTP/1.1\r\n'),
  ),
  beyond('a path that reads as a host, behind a URL', 'a path', 'CWE-918', '//evil.example/x', [], (bytes) =>
    bytes.startsWith('GET /base//evil.example/x HTTP/1.1\r\n'),
  ),
  beyond('an at sign, behind a URL', 'a path', 'CWE-918', '/@evil.example/x', [], (bytes) =>
    bytes.startsWith('GET /base/@evil.example/x HTTP/1.1\r\n'),
  ),
  beyond(
    'a header named by Connection, toward a URL',
    'the runtime sends no Connection header on, so that the next proxy takes nothing out',
    'RFC 9110 section 7.6.1',
    '/x',
    ['X-Role: staff', 'Connection: close, x-role, authorization'],
    (bytes) => /\r\nx-role: staff\r\n/i.test(bytes) && !/\r\nconnection:/i.test(bytes),
  ),
  beyond(
    'Content-Length and Transfer-Encoding, toward a URL',
    'the runtime frames anew, by one of them',
    'RFC 9112 section 6.3',
    '/x',
    ['Content-Length: 4', 'Transfer-Encoding: chunked'],
    (bytes) => /\r\ntransfer-encoding: chunked\r\n/i.test(bytes) && !/\r\ncontent-length:/i.test(bytes),
    '5\r\nhello\r\n0\r\n\r\n',
  ),
  beyond(
    "the client's address in a header with underscores, toward a URL",
    "taken out: servers of the CGI family take it for the mesh's own",
    'RFC 3875 section 4.1.18',
    '/x',
    ['CF-Connecting-IP: 10.0.0.1', 'X_Client: 127.0.0.1', 'X_Other: 1'],
    (bytes) => /\r\nx-client: 10\.0\.0\.1\r\n/i.test(bytes) && !/x_client/i.test(bytes) && /x_other/i.test(bytes),
  ),
  beyond(
    "the mesh's own headers with underscores, toward a URL",
    'taken out',
    'RFC 3875 section 4.1.18',
    '/x',
    ['selvedge_token: x', 'X_Forwarded-Client_Cert: x', 'selvedge_context: hops=1'],
    (bytes) => !/selvedge|client_cert/i.test(bytes),
  ),
  beyond(
    "headers that tell of the end user's token, by a client without one",
    'taken out, however they are spelled',
    'RFC 3875 section 4.1.18',
    '/x',
    [
      'X-User-Group: admins',
      'X_User_Group: admins',
      'X-User_Group: admins',
      'X-User-Payload: e30',
      'X_User_Payload: e30',
    ],
    (bytes) => !/x.user.(?:group|payload)/i.test(bytes),
  ),
  beyond(
    'a header that only an authoriser may write, which says nothing of it',
    'taken out, however it is spelled',
    'RFC 3875 section 4.1.18',
    '/asked',
    ['X-Verdict: silent', 'X-Asked: yes', 'X_Asked: yes'],
    (bytes) => /\r\nx-verdict: silent\r\n/i.test(bytes) && !/x.asked/i.test(bytes),
  ),
];
