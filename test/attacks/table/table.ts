/** The page about requests, docs/requests.md, from the rows. */
import { fileURLToPath } from 'node:url';
import { requestRows } from '../rows/all-rows.ts';
import type { TokenRow } from '../rows/forge.ts';
import { keySetRows } from '../rows/key-set-rows.ts';
import type { AttackRow } from '../rows/row.ts';
import { tokenRows } from '../rows/token-rows.ts';
import { shownElsewhere } from './shown-elsewhere.ts';
import { withoutCounterpart } from './without-counterpart.ts';

export const tablePath = fileURLToPath(new URL('../../../docs/requests.md', import.meta.url));

const intro = `# What becomes of odd requests

An edge judges a request once and forwards what it judged. This page says what is done about each oddity that has passed by
somebody's rules. Every line is a test of the same name in \`test/attacks\`, against the edge as it is shipped, on workerd, by
raw sockets and by bindings of hostile Workers, or a test that the line names; the page is written by \`node --import tsx test/attacks/table/write-table.ts\`.

- **The path** is brought into its canonical form before anything looks at it, from the URL as it came, and the request goes on
  with that form. A service chooses by \`normalization\`: \`base\` (the default), \`merge-slashes\`, \`decode-and-merge-slashes\`, or
  \`none\`, which is refused where rules, URLs or rewrites have paths. \`test/attacks/judged-is-forwarded.test.ts\` sends a list of hostile
  targets and generated ones through both doors in all four, and compares the path of the call's record with the one that the callee
  received, as it came and as a URL parser reads it.
- **The host** is that of the URL. At a socket the runtime makes the URL from \`Host\`, so both agree; a Worker may write another
  \`Host\`, which becomes the URL's wherever access rules ask for hosts, or an authoriser.
- **"The runtime"** is workerd. Cloudflare's own front stands before it and refuses or repairs more; its answers may have other codes
  than those here, and what it makes of targets in absolute form is not proven by these tests.
- **Names of headers** are compared without case and otherwise as they are: an underscore is no dash.

What no text of a request shows is not decided here: a name that resolves to a private address, or to another one tomorrow, passes as the
URL of keys, and only the platform keeps Workers out of private networks.
`;

export function renderTable(): string {
  const lines = [intro];
  for (const area of new Set(requestRows.map((row) => row.area))) {
    const rows = requestRows.filter((row) => row.area === area);
    lines.push(
      ...table(
        area,
        ['sent', 'what becomes of it', 'source'],
        rows.map((row) => [sent(row), row.decided, row.source]),
      ),
    );
  }
  lines.push(
    ...table(
      'Tokens',
      ['shown', 'verdict', 'source'],
      tokenRows.map((row) => [row.name, verdict(row), row.source]),
    ),
    ...table(
      'Key sets',
      ['an issuer answers with', 'tokens of it', 'source'],
      keySetRows.map(({ name, says, source }) => [name, says === undefined ? 'hold' : 'are refused: 401', source]),
    ),
    ...[...new Set(shownElsewhere.map(({ area }) => area))].flatMap((area) =>
      table(
        area,
        ['tried', 'what becomes of it', 'source', 'shown by'],
        shownElsewhere
          .filter((row) => row.area === area)
          .map((row) => [row.name, row.decided, row.source, `${code}test/${row.file}.test.ts${code}`]),
      ),
    ),
    'Where keys may be fetched from stands in `test/attacks/key-uri.test.ts`, where metadata of issuers may lead in',
    '`test/attacks/discovery.test.ts`, and what becomes of tokens when keys come and go in `test/attacks/key-life.test.ts`.',
    '',
    ...table(
      'Advisories without a counterpart',
      ['advisories of Envoy and Istio', 'what was wrong there', 'why not here'],
      withoutCounterpart.map(({ ids, there, here }) => [ids.join(', '), there, here]),
    ),
  );
  return `${lines.join('\n').trimEnd()}\n`;
}

function verdict({ reason, elsewhere }: TokenRow): string {
  if (reason === undefined) return 'holds';
  return elsewhere === true ? 'refused: 403, as it is meant for others' : 'refused: 401';
}

/** The name of a row, with what is sent where that is short enough to be read; bytes beyond ASCII as escapes. */
function sent({ name, example }: AttackRow): string {
  if (example === undefined || example.length > 60) return name;
  const shown = example.replace(/[^\x21-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `${name}: ${code}${shown}${code}`;
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [`## ${title}`, '', line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''];
}

/** What stands between two of these marks is shown as it is. */
const code = '\u0001';

function cell(text: string): string {
  return text
    .split(code)
    .map((part, index) => (index === 1 ? `\`${part.replaceAll('|', '\\|')}\`` : part.replace(/[\\|*_<`]/g, '\\$&')))
    .join('');
}
