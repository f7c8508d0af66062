import { expect, test } from 'vitest';
import { isModuleByDefault, moduleTypeOf } from '../../../src/derive/code/module-rules.ts';

test.each([
  { name: 'JavaScript is an ES module', path: 'lib/a.mjs', type: 'ESModule' },
  { name: 'CommonJS by its ending', path: 'a.cjs', type: 'CommonJS' },
  { name: 'text by default', path: 'a/b/c.html', type: 'Text' },
  { name: 'WebAssembly', path: 'x.wasm', type: 'CompiledWasm' },
  { name: 'a source map is no module', path: 'index.js.map', type: undefined },
  { name: 'a file that no rule names is no module', path: 'README.md', type: undefined },
  {
    name: 'the rules of the config come first',
    path: 'page.tpl',
    rules: [{ type: 'Text', globs: ['**/*.tpl'] }],
    type: 'Text',
  },
  { name: 'and win over the defaults', path: 'raw.txt', rules: [{ type: 'Data', globs: ['*.txt'] }], type: 'Data' },
  {
    name: 'a single star does not cross folders',
    path: 'a/raw.txt',
    rules: [{ type: 'Data', globs: ['*.txt'] }],
    type: 'Text',
  },
  { name: 'dots in globs are dots', path: 'xtpl', rules: [{ type: 'Text', globs: ['*.tpl'] }], type: undefined },
])('$name', ({ path, rules, type }) => {
  expect(moduleTypeOf(path, rules ?? [])).toBe(type);
});

test('wrangler attaches text, data and WebAssembly by itself, but no script, and nothing as another type', () => {
  expect(isModuleByDefault('a/b.html', 'Text')).toBe(true);
  expect(isModuleByDefault('odd [1] (x).wasm', 'CompiledWasm')).toBe(true);
  expect(isModuleByDefault('a.js', 'ESModule')).toBe(false);
  expect(isModuleByDefault('note.md', 'Text')).toBe(false);
  expect(isModuleByDefault('raw.txt', 'Data')).toBe(false);
});
