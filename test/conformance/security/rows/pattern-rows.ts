/** Patterns of texts, headers, hosts and paths, keys of conditions, and ports: by what they fit. */
import { join } from 'node:path';
import { conditionTest } from '../../../../src/core/access/condition.ts';
import { bracketNames, conditionPort } from '../../../../src/core/access/condition-key.ts';
import { operationTest } from '../../../../src/core/access/operation.ts';
import { type TextTest, textPattern } from '../../../../src/core/matching/text-match.ts';
import { pathPattern, pathPatternFault } from '../../../../src/core/urls/path-match.ts';
import { fetchFacts } from '../../../core/access/facts.ts';
import type { PlannedCase, PlannedProbe } from '../../suite.ts';
import { readJson } from '../security-case.ts';
import { row, unlike } from './row.ts';

type Plan = Pick<PlannedCase, 'worlds' | 'probes'>;
type Kind = 'exact' | 'prefix' | 'suffix' | 'present' | 'regex';

interface PatternRow {
  readonly pattern: string;
  readonly prefix?: string;
  readonly kind: Kind;
  readonly value?: string;
  readonly ignoreCase?: boolean;
}

interface MatcherTable {
  readonly string: readonly PatternRow[];
  readonly header: readonly PatternRow[];
  readonly host: readonly PatternRow[];
  readonly path: readonly PatternRow[];
  readonly stringMatch: readonly {
    readonly name: string;
    readonly v: string;
    readonly prefix: string;
    readonly match: string;
    readonly noMatch: string;
  }[];
  readonly pathTemplate: readonly { readonly path: string; readonly template: string }[];
}

const names = { trustDomains: ['cluster.local'], declared: [] };

export function matcherRows(istio: string, file: string): Plan {
  const table = readJson<MatcherTable>(join(istio, 'authz', file));
  const rows = (list: readonly PatternRow[], what: string, matcher: (pattern: string) => TextTest): PlannedProbe[] =>
    list.map((each) => row(`${what} ${each.pattern}`, () => againstEnvoy(each, matcher(each.pattern))));
  return {
    worlds: [],
    probes: [
      ...rows(table.string, 'text', textPattern),
      ...table.stringMatch.map(({ name, v, prefix, match, noMatch }) =>
        row(name, () => {
          const fits = textPattern(v);
          return [match, noMatch].flatMap((text) => unlike(fits(text.slice(prefix.length)), text === match));
        }),
      ),
      ...rows(table.header, 'header', headerTest),
      // No call is without a host.
      ...rows(table.host, 'host', (pattern) => (text) => text === '' || hostTest(pattern)(text)),
      ...rows(table.path, 'path', pathPattern),
      ...table.pathTemplate.map(({ path, template }) =>
        row(`template ${path}`, () => [
          ...unlike(pathPatternFault(path), undefined),
          ...templatePaths.flatMap((text) =>
            unlike([text, pathPattern(path)(text)], [text, envoyTemplate(template)(text)]),
          ),
        ]),
      ),
    ],
  };
}

function headerTest(pattern: string): TextTest {
  const holds = conditionTest({ key: 'request.headers[x-h]', values: [pattern] }, names, false);
  return (text) => holds(fetchFacts({ header: () => text }));
}

/** Hosts come in lower case, whatever the client sent. */
function hostTest(pattern: string): TextTest {
  const holds = operationTest({ hosts: [pattern] }, false);
  return (text) => holds(fetchFacts({ host: text.toLowerCase() }));
}

/** Holds a matcher against what Envoy's matcher of the row says, for texts around its value. */
function againstEnvoy({ kind, value = '', prefix = '', ignoreCase = false }: PatternRow, fits: TextTest): string[] {
  const envoy = (text: string): boolean => {
    const [whole, wanted] = ignoreCase ? [text.toLowerCase(), value.toLowerCase()] : [text, value];
    if (kind === 'exact') return whole === wanted;
    if (kind === 'prefix') return whole.startsWith(wanted);
    if (kind === 'suffix') return whole.endsWith(wanted);
    return kind === 'present' || new RegExp(`^(?:${wanted})$`, 's').test(whole);
  };
  // An expression of the table has its text after the prefix, with a point that means one.
  const literal = value
    .slice(kind === 'regex' ? 0 : prefix.length)
    .replace(/^.*\.\*/, '')
    .replaceAll('\\', '');
  const around = [
    literal,
    `x${literal}`,
    `${literal}x`,
    `x${literal}y`,
    literal.replace('.', 'X'),
    literal.toUpperCase(),
  ];
  return [...around, 'other', '/'].flatMap((text) => unlike([text, fits(text)], [text, envoy(prefix + text)]));
}

const templatePaths = [
  '/foo/bar/x',
  '/foo/bar/',
  '/foo/bar/x/y',
  '/foo/a/b/bar',
  '/foo/bar',
  '/x/foo/a/bar',
  '/x/y/foo/a/b/bar',
  '/x/foo//bar',
  '/foo/x/baz',
];

/** Envoy's URI templates: `*` is one segment that is not empty, `**` any number of characters. */
function envoyTemplate(template: string): TextTest {
  const expression = template
    .split('/')
    .map((part) => (part === '*' ? '[^/]+' : part === '**' ? '.*' : part))
    .join('/');
  return (text) => new RegExp(`^${expression}$`).test(text);
}

interface KeyTable {
  readonly extractNameInBrackets: readonly { readonly s: string; readonly want?: string; readonly err?: boolean }[];
  readonly extractNameInNestedBrackets: readonly {
    readonly s: string;
    readonly want?: readonly string[];
    readonly err?: boolean;
  }[];
  readonly convertToPort: readonly { readonly Name: string; readonly V: string; readonly Expect?: number }[];
}

export function claimKeyRows(istio: string, file: string): Plan {
  const table = readJson<KeyTable>(join(istio, 'authz', file));
  return {
    worlds: [],
    probes: [
      ...table.extractNameInBrackets.map(({ s, want }) =>
        row(`the name in ${s}`, () => unlike(bracketNames(s)?.join(']['), want)),
      ),
      ...table.extractNameInNestedBrackets.map(({ s, want }) =>
        row(`the names in ${s}`, () => unlike(bracketNames(s), want)),
      ),
      ...table.convertToPort.map(({ Name, V, Expect }) => row(Name, () => unlike(conditionPort(V), Expect))),
    ],
  };
}

/** What no policy may say. */
export function invalidTemplateRows(istio: string, file: string): Plan {
  const { invalidPaths } = readJson<{ readonly invalidPaths: readonly string[] }>(join(istio, 'authz-docs', file));
  return {
    worlds: [],
    probes: invalidPaths.map((path) =>
      row(`${path} is refused`, () => (pathPatternFault(path) === undefined ? ['it is taken for a path'] : [])),
    ),
  };
}
