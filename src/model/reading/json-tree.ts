/** JSON (RFC 8259) with places: small enough for an edge, which must be able to say where a stored document is broken. */
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

const numberForm = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const stringForm = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Parses a whole text. Never throws; bounded by `maxDepth` and `maxNodes`. */
export function parseJsonTree(text: string): TreeResult {
  try {
    const parser = new JsonParser(text);
    return { ok: true, tree: parser.document() };
  } catch (problem) {
    if (problem instanceof SyntaxProblem) return { ok: false, at: problem.at, message: problem.message };
    throw problem;
  }
}

class JsonParser {
  private at = 0;
  private nodes = 0;

  constructor(private readonly text: string) {}

  document(): Tree {
    // A byte order mark is not part of JSON, but editors write it.
    if (this.text.charCodeAt(0) === 0xfeff) this.at = 1;
    const tree = this.value(0);
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the document');
    return tree;
  }

  private value(depth: number): Tree {
    this.space();
    const at = this.at;
    this.nodes += 1;
    if (this.nodes > maxNodes) throw new SyntaxProblem(at, `more than ${maxNodes} values`);
    if (depth > maxDepth) throw new SyntaxProblem(at, `nested more than ${maxDepth} deep`);
    const first = this.text[at];
    if (first === '{') return this.map(depth);
    if (first === '[') return this.list(depth);
    if (first === '"') return { kind: 'leaf', at, value: this.string() };
    for (const [word, value] of Object.entries(words)) {
      if (this.text.startsWith(word, at)) {
        this.at += word.length;
        return { kind: 'leaf', at, value };
      }
    }
    numberForm.lastIndex = at;
    const found = numberForm.exec(this.text);
    if (found === null) throw this.unexpected('a value');
    this.at += found[0].length;
    return { kind: 'leaf', at, value: Number(found[0]) };
  }

  private map(depth: number): Tree {
    const at = this.at;
    const entries: TreeEntry[] = [];
    this.at += 1;
    if (this.taken('}')) return { kind: 'map', at, entries };
    do {
      this.space();
      const keyAt = this.at;
      if (this.text[keyAt] !== '"') throw this.unexpected('a field name in double quotes');
      const key = this.string();
      if (!this.taken(':')) throw this.unexpected('":"');
      entries.push({ key, keyAt, value: this.value(depth + 1) });
    } while (this.taken(','));
    if (!this.taken('}')) throw this.unexpected('"," or "}"');
    return { kind: 'map', at, entries };
  }

  private list(depth: number): Tree {
    const at = this.at;
    const items: Tree[] = [];
    this.at += 1;
    if (this.taken(']')) return { kind: 'list', at, items };
    do items.push(this.value(depth + 1));
    while (this.taken(','));
    if (!this.taken(']')) throw this.unexpected('"," or "]"');
    return { kind: 'list', at, items };
  }

  private string(): string {
    stringForm.lastIndex = this.at;
    const found = stringForm.exec(this.text);
    if (found === null)
      throw new SyntaxProblem(this.at, 'a string that is not closed, or has a line break or a bad escape in it');
    this.at += found[0].length;
    return JSON.parse(found[0]) as string;
  }

  private taken(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at] as string)) this.at += 1;
  }

  private unexpected(expected: string): SyntaxProblem {
    const found = this.at < this.text.length ? JSON.stringify(this.text[this.at]) : 'the end of the text';
    return new SyntaxProblem(this.at, `${found} where ${expected} should be`);
  }
}
