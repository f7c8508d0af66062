/** YAML 1.2 with places. For the command line and importers only: an edge reads JSON and must not carry this parser. */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type ParsedNode,
  Parser,
  type YAMLMap,
} from 'yaml';
import { quoteAdvice } from './quote-advice.ts';
import { maxDepth, maxNodes } from './text-limits.ts';
import type { Tree, TreeEntry, TreeResult } from './tree.ts';

class SyntaxProblem extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The documents of a text, those without content left out. Never throws; aliases are followed within `maxNodes` and `maxDepth`.
 * `most` bounds the text as a whole.
 */
export function parseYamlTrees(
  text: string,
  most: YamlBounds = { documents: maxDocuments, lexemes: maxLexemes },
): readonly TreeResult[] {
  // Duplicate keys are reported by the one place that knows them for JSON as well.
  const composer = new Composer({ version: '1.2', prettyErrors: false, uniqueKeys: false, logLevel: 'silent' });
  const results: TreeResult[] = [];
  try {
    for (const document of composer.compose(boundedTokens(text, most.lexemes))) {
      if (results.length >= most.documents)
        throw new SyntaxProblem(document.range[0], `more than ${most.documents} documents`);
      if (!isEmpty(document.contents) || document.errors.length > 0) results.push(treeOf(document));
    }
  } catch (problem) {
    if (!(problem instanceof SyntaxProblem)) throw problem;
    results.push({ ok: false, at: problem.at, message: problem.message });
  }
  return results.map((result) =>
    result.ok ? result : { ...result, message: `${result.message}${quoteAdvice(text, result.at)}` },
  );
}

/** How much one text may hold. */
export interface YamlBounds {
  readonly documents: number;
  readonly lexemes: number;
}

/** Nothing, or nothing but comments: not a `null` that somebody wrote. */
function isEmpty(contents: ParsedNode | null): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === '');
}

/** Documents in one file: an account has 500 Workers. */
const maxDocuments = 1000;
/** Lexemes in one text: what a document of `maxNodes` values can need. */
const maxLexemes = 6 * maxNodes;

/**
 * The syntax tree's tokens, given up before they are deep. The composer recurses over them, and where a stack is nearly full the
 * compiling of a regular expression ends the whole process, which no `catch` can prevent.
 */
function* boundedTokens(text: string, mostLexemes: number): Generator<CST.Token, void> {
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (parser.stack.length > 2 * maxDepth) throw new SyntaxProblem(parser.offset, `nested more than ${maxDepth} deep`);
    if (lexemes > mostLexemes) throw new SyntaxProblem(parser.offset, `more than ${maxNodes} values`);
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw new SyntaxProblem(token.offset, token.message);
      yield token;
    }
  }
  yield* parser.end();
}

function treeOf(document: Document.Parsed<ParsedNode>): TreeResult {
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) return { ok: false, at: fault.pos[0], message: fault.message };
  try {
    return { ok: true, tree: new Converter().tree(document.contents, 0, 0) };
  } catch (problem) {
    if (problem instanceof SyntaxProblem) return { ok: false, at: problem.at, message: problem.message };
    throw problem;
  }
}

/** The library's own way from an alias to its anchor walks the whole document for each alias. */
class Converter {
  private nodes = 0;
  private readonly anchors = new Map<string, Node>();
  /** An alias means the anchor that stands last before it, also where what it stands in is written out once more. */
  private readonly targets = new Map<Alias, Node | undefined>();

  tree(node: unknown, fallbackAt: number, depth: number): Tree {
    const at = (node as ParsedNode | null)?.range?.[0] ?? fallbackAt;
    this.nodes += 1;
    if (this.nodes > maxNodes) throw new SyntaxProblem(at, `more than ${maxNodes} values, aliases counted each time`);
    if (depth > maxDepth) throw new SyntaxProblem(at, `nested more than ${maxDepth} deep`);
    if (isAlias(node)) {
      if (!this.targets.has(node)) this.targets.set(node, this.anchors.get(node.source));
      const target = this.targets.get(node);
      if (target === undefined) throw new SyntaxProblem(at, `the alias *${node.source} stands for nothing`);
      return this.tree(target, at, depth + 1);
    }
    this.anchor(node);
    if (isMap(node)) return { kind: 'map', at, entries: this.entries(node as YAMLMap<unknown, unknown>, at, depth) };
    if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => this.tree(item, at, depth + 1)) };
    return { kind: 'leaf', at, value: isScalar(node) ? this.scalar(node.value, at) : null };
  }

  private entries(node: YAMLMap<unknown, unknown>, at: number, depth: number): TreeEntry[] {
    return node.items.map(({ key, value }) => {
      const keyAt = (key as ParsedNode | null)?.range?.[0] ?? at;
      if (!isScalar(key)) throw new SyntaxProblem(keyAt, 'a field name must be plain text');
      this.anchor(key);
      return { key: key.source ?? String(key.value), keyAt, value: this.tree(value, keyAt, depth + 1) };
    });
  }

  private anchor(node: unknown): void {
    const { anchor } = (node ?? {}) as { readonly anchor?: string };
    if (anchor !== undefined) this.anchors.set(anchor, node as Node);
  }

  private scalar(value: unknown, at: number): string | number | boolean | null {
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return value;
    throw new SyntaxProblem(at, 'a value that JSON does not have');
  }
}
