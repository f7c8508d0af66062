/** Where a document must not be able to make an edge fetch keys from; each spelling is one that has passed by somebody's list. */
import { describe, expect, it } from 'vitest';
import { jwksUriProblem } from '../../src/core/tokens/jwks-uri.ts';

const inward = /private address/;
const loopback = /loopback address/;
const insecure = /not https/;

const rows: readonly (readonly [uri: string, source: string, problem: RegExp])[] = [
  ['https://169.254.169.254/latest/meta-data/', 'GHSA-fgw5-hp8f-xfhc', inward],
  ['https://169.254.169.254./', 'RFC 1034 section 3.1', inward],
  ['https://169.254.170.2/v2/credentials', 'metadata of AWS ECS', inward],
  ['https://100.100.100.200/', 'metadata of Alibaba Cloud', inward],
  ['https://192.0.0.192/', 'metadata of Oracle Cloud', inward],
  ['https://168.63.129.16/', 'host of Azure', inward],
  ['https://[fd00:ec2::254]/', 'metadata of AWS by IPv6', inward],
  ['https://[fd20:ce::254]/', 'metadata of Google Cloud by IPv6', inward],
  ['https://metadata.google.internal/', 'metadata of Google Cloud', inward],
  ['https://metadata.google.internal./', 'RFC 1034 section 3.1', inward],
  ['https://METADATA.Google.Internal/', 'RFC 4343', inward],
  ['https://metadata/', 'metadata of Google Cloud', inward],
  ['https://kubernetes.default.svc/', 'Kubernetes', inward],
  ['https://kubernetes.default.svc.cluster.local/', 'Kubernetes', inward],
  ['https://router.home.arpa/', 'RFC 8375', inward],
  ['https://printer.local/', 'RFC 6762', inward],
  ['https://host.localdomain/', 'usual name of loopback', inward],
  ['https://intranet/', 'a name without a dot', inward],
  ['https://10.0.0.1/', 'RFC 1918', inward],
  ['https://172.16.0.1/', 'RFC 1918', inward],
  ['https://172.31.255.255/', 'RFC 1918', inward],
  ['https://192.168.0.1/', 'RFC 1918', inward],
  ['https://100.64.0.1/', 'RFC 6598', inward],
  ['https://198.18.0.1/', 'RFC 2544', inward],
  ['https://192.0.2.1/', 'RFC 5737', inward],
  ['https://224.0.0.1/', 'RFC 5771', inward],
  ['https://255.255.255.255/', 'RFC 919', inward],
  ['https://0.0.0.0/', 'CVE-2024-6221', inward],
  ['https://0/', 'URL standard', inward],
  ['https://127.0.0.1/', 'RFC 6890', loopback],
  ['https://127.1/', 'URL standard: short', loopback],
  ['https://127.255.255.254/', 'RFC 6890', loopback],
  ['https://2130706433/', 'URL standard: decimal', loopback],
  ['https://017700000001/', 'URL standard: octal', loopback],
  ['https://0177.0.0.1/', 'URL standard: octal', loopback],
  ['https://0x7f000001/', 'URL standard: hexadecimal', loopback],
  ['https://0x7f.0.0.1/', 'URL standard: hexadecimal', loopback],
  ['https://0xa9fea9fe/', 'URL standard: hexadecimal', inward],
  ['https://2852039166/', 'URL standard: decimal', inward],
  ['https://169.254.43518/', 'URL standard: three parts', inward],
  ['https://%31%32%37.0.0.1/', 'URL standard: escapes', loopback],
  ['https://１２７.０.０.１/', 'UTS 46: fullwidth digits', loopback],
  ['https://⑫⑦.⓪.⓪.①/', 'UTS 46: circled digits', loopback],
  ['https://127。0。0。1/', 'UTS 46: ideographic full stops', loopback],
  ['https://ⓛocalhost/', 'UTS 46: circled letters', loopback],
  ['https://local\u00adhost/', 'UTS 46: a soft hyphen', loopback],
  ['https://LOCALHOST/', 'RFC 6761', loopback],
  ['https://localhost./', 'RFC 6761', loopback],
  ['https://localhost../', 'URL standard: empty labels', loopback],
  ['https://anything.localhost/', 'RFC 6761', loopback],
  ['https://[::1]/', 'RFC 4291', loopback],
  ['https://[0:0:0:0:0:0:0:1]/', 'RFC 4291', loopback],
  ['https://[::]/', 'RFC 4291', inward],
  ['https://[::ffff:127.0.0.1]/', 'RFC 4291 section 2.5.5.2', inward],
  ['https://[::ffff:a9fe:a9fe]/', 'RFC 4291 section 2.5.5.2', inward],
  ['https://[::ffff:0:127.0.0.1]/', 'RFC 2765', inward],
  ['https://[::127.0.0.1]/', 'RFC 4291 section 2.5.5.1', inward],
  ['https://[64:ff9b::127.0.0.1]/', 'RFC 6052', inward],
  ['https://[64:ff9b:1::a9fe:a9fe]/', 'RFC 8215', inward],
  ['https://[2002:7f00:1::]/', 'RFC 3056', inward],
  ['https://[2001::1]/', 'RFC 4380', inward],
  ['https://[2001:0:7f00:1::]/', 'RFC 4380', inward],
  ['https://[2001:2::1]/', 'RFC 5180', inward],
  ['https://[2001:20::1]/', 'RFC 7343', inward],
  ['https://[2001:db8::1]/', 'RFC 3849', inward],
  ['https://[3fff::1]/', 'RFC 9637', inward],
  ['https://[fc00::1]/', 'RFC 4193', inward],
  ['https://[fe80::1]/', 'RFC 4291', inward],
  ['https://[fec0::1]/', 'RFC 3879', inward],
  ['https://[ff02::1]/', 'RFC 4291', inward],
  ['https://[100::1]/', 'RFC 6666', inward],
  ['https://idp.example@127.0.0.1/', 'CVE-2017-7559', /credentials/],
  ['https://user:secret@idp.example/', 'RFC 3986 section 3.2.1', /credentials/],
  ['https://127.0.0.1\\@idp.example/', 'Orange Tsai 2017', loopback],
  ['http://idp.example/', 'RFC 7517 section 8', insecure],
  ['HTTP://idp.example/', 'RFC 7517 section 8', insecure],
  ['ftp://idp.example/', 'RFC 7517 section 8', insecure],
  ['file:///etc/passwd', 'CWE-918', /not https/],
  ['data:application/json,{}', 'CWE-918', /not https/],
  ['gopher://127.0.0.1:6379/_', 'CWE-918', /loopback|not https/],
  ['//idp.example/', 'RFC 3986 section 4.2', /no absolute URL/],
  ['https://[fe80::1%25eth0]/', 'RFC 6874', /no absolute URL/],
  ['https://127.0.0.1:99999/', 'URL standard', /no absolute URL/],
];

/** What passes, and why: the text of a URL does not tell where it leads. */
const passing: readonly (readonly [uri: string, why: string])[] = [
  ['https://idp.example/keys', 'an issuer'],
  ['https://idp.example:8443/keys', 'issuers have other ports too'],
  ['https://8.8.8.8/keys', 'a global address'],
  ['https://[2606:4700::1111]/keys', 'a global address'],
  ['https://xn--bcher-kva.example/', 'a name in other letters'],
  ['https://idp.example\\@127.0.0.1/', 'the backslash ends the host, so that it is idp.example'],
  ['https://127.0.0.1.nip.io/', 'a name: only who resolves it could tell, and a Worker cannot'],
  [
    'https://rebinding.example/',
    'a name that may lead elsewhere tomorrow: the platform does not fetch from private networks',
  ],
];

describe('where keys may be fetched from', () => {
  it.each(rows)('%s is refused (%s)', (uri, _, problem) => {
    expect(jwksUriProblem(uri, false)).toMatch(problem);
  });

  it.each(passing)('%s passes: %s', (uri) => {
    expect(jwksUriProblem(uri, false)).toBeUndefined();
  });

  it.each(rows.filter(([, , problem]) => problem !== loopback))('%s is refused in development too (%s)', (uri) => {
    expect(jwksUriProblem(uri, true)).toBeDefined();
  });
});
