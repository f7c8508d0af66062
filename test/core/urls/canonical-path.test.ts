import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalTarget, type Normalization } from '../../../src/core/urls/canonical-path.ts';

const rows: readonly { name: string; path: string; base: string; merged?: string; decoded?: string }[] = [
  { name: 'a plain path stays', path: '/app/', base: '/app/' },
  { name: 'the fragment is removed', path: '/app#foo', base: '/app' },
  { name: 'an empty path is one slash', path: '', base: '/' },
  { name: 'dot segments are resolved', path: '/app/./x/../admin', base: '/app/admin' },
  { name: 'dot segments at the end leave the slash', path: '/a/b/..', base: '/a/' },
  { name: 'dot segments cannot leave the root', path: '/../../admin', base: '/admin' },
  { name: 'an empty segment is a segment for ..', path: '/app//../admin', base: '/app/admin' },
  { name: 'runs of slashes stay in base', path: '/app///x', base: '/app///x', merged: '/app/x', decoded: '/app/x' },
  { name: 'encoded dots are dots', path: '/app/%2E%2e/admin', base: '/admin' },
  { name: 'escapes of unreserved characters are decoded once', path: '/%61%7Eb%252e', base: '/a~b%252e' },
  {
    name: 'other escapes keep their spelling',
    path: '/a%2fb%5Cc%c0%ae',
    base: '/a%2fb%5Cc%c0%ae',
    decoded: '/a/b/c%c0%ae',
  },
  { name: 'a backslash is a slash', path: '/a\\..\\b', base: '/b' },
  { name: 'decoded slashes can make dot segments', path: '/a%2f..%5cb', base: '/a%2f..%5cb', decoded: '/b' },
  { name: 'a % that begins no escape becomes one', path: '/100%/%%32%65', base: '/100%25/%252e' },
  {
    name: 'what a URL cannot hold is encoded as UTF-8',
    path: '/é "<>^`{}😀',
    base: '/%C3%A9%20%22%3C%3E%5E%60%7B%7D%F0%9F%98%80',
  },
  { name: 'what services may see raw stays raw', path: "/a|b[c];d=e,!$&'()*+:@", base: "/a|b[c];d=e,!$&'()*+:@" },
  { name: 'three dots are a name', path: '/.../..a/.b', base: '/.../..a/.b' },
];

function pathOf(path: string, mode: Normalization): string | false {
  const target = canonicalTarget(`http://host${path}`, mode);
  return target.ok && target.path;
}

describe('the canonical path', () => {
  test.each(rows)('$name', ({ path, base, merged, decoded }) => {
    expect(pathOf(path, 'base')).toBe(base);
    expect(pathOf(path, 'merge-slashes')).toBe(merged ?? base);
    expect(pathOf(path, 'decode-and-merge-slashes')).toBe(decoded ?? merged ?? base);
  });

  test('without normalization the URL stays as it came', () => {
    const url = 'http://host/a/../%2e\\b?q';
    expect(canonicalTarget(url, 'none')).toMatchObject({ path: '/a/../%2e\\b', query: 'q', changed: false, url });
  });
  test('without normalization a URL with a fragment is judged as it goes out without', () => {
    const url = 'http://host/b';
    expect(canonicalTarget('http://host/a/../%2e\\b?q#c', 'none')).toMatchObject({
      path: '/b',
      changed: true,
      url: `${url}?q`,
    });
    expect(canonicalTarget('http://host/..#c', 'none')).toMatchObject({
      path: '/',
      changed: true,
      url: 'http://host/',
    });
  });

  test.each([
    ['a name', 'shop.example', 'shop.example'],
    ['upper case', 'Shop.EXAMPLE', 'shop.example'],
    ['an underscore', 'my_shop', 'my_shop'],
    ['a port of four digits', 'shop.example:8787', 'shop.example'],
    ['a port of five digits', 'shop.example:65535', 'shop.example'],
    ['a port with zeros before it', 'shop.example:080', 'shop.example'],
    ['an empty port', 'shop.example:', 'shop.example'],
    ['a name that begins with digits', '3com.example', '3com.example'],
    ['an IPv4 address', '127.0.0.1:8787', '127.0.0.1'],
    ['an IPv4 address with the dot of a name', '127.0.0.1.', '127.0.0.1'],
    ['an IPv6 address', '[2606:4700::1111]:443', '[2606:4700::1111]'],
    ['punycode', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['a port beyond 65535', 'shop.example:65536', false],
    ['a short address', '127.1', false],
    ['an address in octal', '0177.0.0.1', false],
    ['an address in hexadecimal', '0x7f.1', false],
    ['an address as one number', '2130706433', false],
    ['a name that ends like a number', 'shop.example.7', false],
    ['an IPv6 address in a longer spelling', '[0:0::1]', false],
    ['an IPv4 address in an IPv6 address', '[::ffff:127.0.0.1]', false],
    ['punycode that is none', 'xn--a', false],
  ])('a host is judged as it is written, or refused where a URL reads another: %s', (_, authority, host) => {
    const target = canonicalTarget(`http://${authority}/`, 'base');
    expect(target.ok && target.host).toBe(host);
  });

  test.each(['/a%00', '/a\u0000', '/a\tb', '/a\u007f', '/a?b\nc'])('%j is refused in every mode', (path) => {
    for (const mode of ['none', 'base', 'merge-slashes', 'decode-and-merge-slashes'] as const) {
      expect(canonicalTarget(`http://host${path}`, mode).ok).toBe(false);
    }
  });

  test.each([
    'ftp://host/',
    '/relative',
    'http:/host',
    'http://u:p@host/',
    'http:///path',
    'http://[::1/',
    'http://a b/',
    'http://h%61/',
    '',
  ])('the URL %j is refused', (url) => {
    expect(canonicalTarget(url, 'base').ok).toBe(false);
  });

  test('host and query are taken apart, and an unchanged URL is the same string', () => {
    const url = 'https://Shop.Example.com.:8443/charge/1?x=/../&y=%zz';
    expect(canonicalTarget(url, 'base')).toEqual({
      ok: true,
      host: 'shop.example.com',
      authority: 'Shop.Example.com.:8443',
      path: '/charge/1',
      query: 'x=/../&y=%zz',
      changed: false,
      url,
    });
    expect(canonicalTarget('http://[::1]:80/', 'base')).toMatchObject({ host: '[::1]', authority: '[::1]:80' });
    expect(canonicalTarget('http://host\\admin?q#f', 'base')).toMatchObject({
      host: 'host',
      path: '/admin',
      query: 'q',
      url: 'http://host/admin?q',
      changed: true,
    });
  });
});

const hostilePath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '\\',
        '.',
        '..',
        '/./',
        '/../',
        '%2e',
        '%2E',
        '%2f',
        '%5C',
        '%',
        '%%',
        '%25',
        '%32',
        '%65',
        '%c0',
        '%ae',
        '?',
        '#',
        ';',
        ' ',
        'a',
        'é',
        '😀',
        '\ud800',
      ),
      fc.string({ maxLength: 3, unit: 'binary' }),
    ),
    { maxLength: 14 },
  )
  .map((parts) => `/${parts.join('')}`);
const mode = fc.constantFrom<Normalization>('base', 'merge-slashes', 'decode-and-merge-slashes');

/** Texts out of the pieces that hosts are made of, and of those that they are not. */
const hostileAuthority = fc
  .array(
    fc.constantFrom('a', 'Z', '0', '7', '255', '0x', 'xn--', '.', '-', '_', ':', '[', ']', '::', '80', '@', '%41'),
    {
      minLength: 1,
      maxLength: 7,
    },
  )
  .map((pieces) => pieces.join(''));

describe('laws of the canonical path', () => {
  test('the host that is judged is the one that URL finds in what is forwarded', () => {
    fc.assert(
      fc.property(hostileAuthority, (authority) => {
        const target = canonicalTarget(`http://${authority}/x`, 'base');
        if (target.ok) expect(new URL(target.url).hostname.replace(/\.$/, '')).toBe(target.host);
      }),
      { numRuns: 3000 },
    );
  });

  test('it is a fixed point', () => {
    fc.assert(
      fc.property(hostilePath, mode, (path, normalization) => {
        const once = canonicalTarget(`http://host${path}`, normalization);
        if (!once.ok) return;
        expect(canonicalTarget(once.url, normalization)).toEqual({ ...once, changed: false });
      }),
      { numRuns: 2000 },
    );
  });

  test('what is judged is what URL makes of what is forwarded', () => {
    fc.assert(
      fc.property(hostilePath, mode, (path, normalization) => {
        const target = canonicalTarget(`http://host${path}`, normalization);
        if (target.ok) expect(new URL(target.url).pathname).toBe(target.path);
      }),
      { numRuns: 2000 },
    );
  });

  test('base agrees with URL about where a path leads', () => {
    fc.assert(
      fc.property(hostilePath, (path) => {
        const target = canonicalTarget(`http://host${path}`, 'base');
        if (!target.ok) return;
        // URL cuts spaces at the very end of its text.
        if (path.endsWith(' ')) return;
        const seen = new URL(`http://host${path}`).pathname;
        expect(canonicalTarget(`http://host${seen}`, 'base')).toMatchObject({ path: target.path });
      }),
      { numRuns: 2000 },
    );
  });
});
