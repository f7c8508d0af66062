import { expect, test } from 'vitest';
import type { CallFacts } from '../../../src/model/call-facts.ts';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import { validateDocument } from '../../../src/model/validate.ts';
import { generator, type Sizes } from './match-generator.ts';
import { naiveFind } from './naive-match.ts';

const declared = ['orders', 'cart'];
const callsOfEach = 1_000;

/** Few routes are tried in turn, some need one table, many need tables within tables; narrow alphabets make hits, wide ones large tables. */
const sizes: readonly Sizes[] = [
  { documents: 30, routes: [1, 5], width: 2 },
  { documents: 40, routes: [6, 30], width: 3 },
  { documents: 30, routes: [60, 120], width: 6 },
  { documents: 12, routes: [300, 500], width: 24 },
];

test.each(sizes)('law: the compiled matcher finds what the texts say, with $routes routes', (size) => {
  let found = 0;
  let asked = 0;
  for (let seed = 1; seed <= size.documents; seed += 1) {
    const { document, call } = generator(seed, size);
    if (seed <= 3) expect(validateDocument('service', document)).toMatchObject({ ok: true });
    const { findRoute } = compileService(document, compileMesh(undefined, ''), { revision: '', declared });
    for (let index = 0; index < callsOfEach; index += 1) {
      const facts = call();
      const expected = naiveFind(document, facts, 'mesh.local', declared);
      const actual = findRoute(facts);
      asked += 1;
      if (expected !== undefined) found += 1;
      if (
        actual?.route.name !== expected?.route ||
        actual?.match !== expected?.match ||
        actual?.prefix !== expected?.prefix
      ) {
        expect({
          seed,
          ...told(document, facts),
          found: actual && [actual.route.name, actual.match, actual.prefix],
        }).toEqual({
          seed,
          ...told(document, facts),
          found: expected && [expected.route, expected.match, expected.prefix],
        });
      }
    }
  }
  // Neither "always found" nor "never found" would say anything.
  expect(found / asked).toBeGreaterThan(0.3);
  expect(found / asked).toBeLessThan(0.97);
});

/** What people need to see of a failure. */
function told(document: ServiceDocument, facts: CallFacts) {
  const { header, geo, ...plain } = facts;
  const names = ['x-a', 'x-b', 'cookie'];
  return { document, facts: { ...plain, geo: geo(), headers: names.map((name) => [name, header(name)]) } };
}
