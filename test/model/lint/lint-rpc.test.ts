import { describe, expect, test } from 'vitest';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const start = 'service: pay\nversions: { v1: { worker: pay }, pinned: { worker: pay, version: abc } }\n';
const pinned = 'backends: [{ version: pinned }, { version: v1 }]';

function errors(text: string): string[] {
  const parsed = parseFile(start + text, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents)
    .filter(({ severity }) => severity === 'error')
    .map(({ code, path }) => `${code} ${path}`);
}

describe('a version of a Worker as the backend of RPC calls is an error', () => {
  const found = ['SV0121 routes[0].backends[0].version'];
  test.each<{ name: string; text: string; found: readonly string[] }>([
    {
      name: 'where the route matches RPC',
      text: `routes: [{ name: r, matches: [{ rpc: charge }], ${pinned} }]`,
      found,
    },
    {
      name: 'where RPC calls fall through to the route',
      text: `routes: [{ name: r, matches: [{ headers: [{ name: x, value: y }] }], ${pinned} }, { name: s, matches: [{ rpc: x.y }], backends: [{ version: v1 }] }]`,
      found,
    },
    {
      name: 'where the access rules speak of RPC',
      text: `routes: [{ name: r, ${pinned} }]\naccess: { rules: [{ action: allow, from: { principals: [declared] }, to: { rpc: ["users.*"] } }] }`,
      found,
    },
    {
      name: 'where the retry rule names a method that is none of HTTP',
      text: `routes: [{ name: r, retry: { attempts: 1, methods: [users.list] }, ${pinned} }]`,
      found,
    },
    { name: 'but not where nothing speaks of RPC', text: `routes: [{ name: r, ${pinned} }]`, found: [] },
    {
      name: 'but not in a route that no RPC call matches',
      text: `routes: [{ name: r, matches: [{ method: GET }], ${pinned} }, { name: s, matches: [{ rpc: x }], backends: [{ version: v1 }] }]`,
      found: [],
    },
    {
      name: 'but not where it has no weight',
      text: 'routes: [{ name: r, matches: [{ rpc: x }], backends: [{ version: pinned, weight: 0 }, { version: v1 }] }]',
      found: [],
    },
  ])('$name', ({ text, found: expected }) => {
    expect(errors(text)).toEqual(expected);
  });
});
