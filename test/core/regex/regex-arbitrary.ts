/** Expressions that RE2 and JavaScript write alike, and texts that they are about. */
import fc from 'fast-check';

export interface Expression {
  readonly source: string;
  /** The same without capturing groups. */
  readonly plain: string;
  readonly nullable: boolean;
}

const atom = (source: string, nullable = false): Expression => ({ source, plain: source, nullable });
const characters = [
  'a',
  'b',
  '/',
  '-',
  'é',
  '😀',
  '.',
  '[ab]',
  '[^a]',
  '[^/\\n]',
  '[a-z_]',
  '\\w',
  '\\W',
  '\\d',
  '\\n',
  '\\.',
];
const assertions = ['^', '$', '\\b', '\\B', ''];
const operators = ['*', '+', '?', '{2}', '{1,}', '{0,3}', '{2,3}'];
const eager = ['{1,}', '+', '{2}', '{2,3}'];

/**
 * `anyLoop`: whether loops may repeat groups and what can match nothing. JavaScript forgets the groups of earlier turns, and tries
 * other ways than RE2 to the same matches where a turn matches nothing.
 */
export function expressions({ anyLoop }: { readonly anyLoop: boolean }): fc.Arbitrary<Expression> {
  return fc.letrec<{ node: Expression }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 4, arbitrary: fc.constantFrom(...characters).map((source) => atom(source)) },
      { weight: 1, arbitrary: fc.constantFrom(...assertions).map((source) => atom(source, true)) },
      { weight: 3, arbitrary: fc.array(tie('node'), { minLength: 2, maxLength: 4 }).map(sequence) },
      { weight: 2, arbitrary: fc.array(tie('node'), { minLength: 2, maxLength: 3 }).map(alternatives) },
      { weight: 1, arbitrary: tie('node').map((node) => ({ ...node, source: `(${node.source})` })) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(tie('node'), fc.constantFrom(...operators), fc.boolean())
          .map(([node, operator, lazy]) => repeated(node, operator, lazy, anyLoop)),
      },
    ),
  })).node;
}

function sequence(nodes: readonly Expression[]): Expression {
  return {
    source: nodes.map((node) => node.source).join(''),
    plain: nodes.map((node) => node.plain).join(''),
    nullable: nodes.every((node) => node.nullable),
  };
}

function alternatives(nodes: readonly Expression[]): Expression {
  return {
    source: `(?:${nodes.map((node) => node.source).join('|')})`,
    plain: `(?:${nodes.map((node) => node.plain).join('|')})`,
    nullable: nodes.some((node) => node.nullable),
  };
}

function repeated(node: Expression, operator: string, lazy: boolean, anyLoop: boolean): Expression {
  if (node.nullable && !anyLoop) return node;
  const suffix = `${operator}${lazy ? '?' : ''}`;
  const plain = `(?:${node.plain})${suffix}`;
  const source = anyLoop ? `(?:${node.source})${suffix}` : plain;
  return { source, plain, nullable: node.nullable || !eager.includes(operator) };
}

export const text: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', '/', '-', '_', '.', '0', '\n', 'é', '😀'), { maxLength: 9 })
  .map((parts) => parts.join(''));

export const flags = fc.subarray(['i', 'm', 's']).map((letters) => letters.join(''));

/** The expression with these flags, in RE2's words. */
export function withFlags(source: string, letters: string): string {
  return letters === '' ? source : `(?${letters})${source}`;
}
