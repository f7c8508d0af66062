import { expect, test } from 'vitest';
import { isIgnored, parseIgnoreFile } from '../../../src/derive/configs/find-ignored.ts';

test.each([
  { name: 'a name anywhere', lines: 'wrangler.toml', path: 'a/b/wrangler.toml', ignored: true },
  { name: 'no part of a name', lines: 'wrangler', path: 'a/wrangler.toml', ignored: false },
  { name: 'a slash binds to the folder of the file', lines: '/a', path: 'b/a', ignored: false },
  { name: 'so does a slash within', lines: 'a/b', path: 'c/a/b', ignored: false },
  { name: 'a star stays within a name', lines: 'a/*.toml', path: 'a/b/c.toml', ignored: false },
  { name: 'two stars do not', lines: 'a/**/c.toml', path: 'a/b/x/c.toml', ignored: true },
  { name: 'two stars may be nothing', lines: 'a/**/c.toml', path: 'a/c.toml', ignored: true },
  { name: 'everything below', lines: 'a/**', path: 'a/b/c', ignored: true },
  { name: 'a question mark is one character', lines: 'a?c', path: 'abc', ignored: true },
  { name: 'a set', lines: '[ab].toml', path: 'b.toml', ignored: true },
  { name: 'a set turned round', lines: '[!ab].toml', path: 'b.toml', ignored: false },
  { name: 'a dot is a dot', lines: 'a.c', path: 'abc', ignored: false },
  { name: 'an escape', lines: '/\\[slug\\]/x', path: '[slug]/x', ignored: true },
  { name: 'folders only', lines: 'dist/', path: 'dist', ignored: false },
  { name: 'the last line decides', lines: '*.toml\n!keep.toml', path: 'keep.toml', ignored: false },
  { name: 'comments and empty lines', lines: '# a\n\n', path: 'a', ignored: false },
  { name: 'Windows line ends', lines: 'a\r\nb\r\n', path: 'b', ignored: true },
])('$name: $lines', ({ lines, path, ignored }) => {
  expect(isIgnored([parseIgnoreFile('', lines)], path, false)).toBe(ignored);
});

test('a file deeper in the tree speaks of what is below it, and last', () => {
  const files = [parseIgnoreFile('', '*.toml'), parseIgnoreFile('a', '!/b.toml')];
  expect(isIgnored(files, 'a/b.toml', false)).toBe(false);
  expect(isIgnored(files, 'c/b.toml', false)).toBe(true);
});

test('a folder by a pattern of folders', () => {
  expect(isIgnored([parseIgnoreFile('', 'out/')], 'a/out', true)).toBe(true);
});
