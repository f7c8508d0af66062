/** The page about access: its documents are sound, lint finds nothing wrong with them, and they do what the page says. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accessMap } from '../../src/model/access-map/access-map.ts';
import { findCell } from '../../src/model/access-map/find-cell.ts';
import { lintMesh } from '../../src/model/lint/lint.ts';
import { parseFile } from '../../src/model/reading/parse.ts';
import type { StoredDocument } from '../../src/model/sound-document.ts';

const page = readFileSync('docs/access.md', 'utf8');
const blocks = [...page.matchAll(/^```yaml (service|mesh)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
  kind: kind as string,
  text: text as string,
}));
const topology = {
  services: Object.fromEntries(
    ['cart', 'orders', 'payment', 'reports', 'risk', 'storefront'].map((service) => [
      service,
      { workers: [service], callers: service === 'payment' ? ['cart', 'orders', 'reports'] : [] },
    ]),
  ),
};
const nowMs = Date.parse('2026-06-01T12:00:00Z');

function parsed(text: string): readonly StoredDocument[] {
  const result = parseFile(text, 'docs/access.md');
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.documents;
}

test('the page has documents, and each block of YAML is one', () => {
  expect(blocks.length).toBeGreaterThan(5);
  expect(page.match(/^```yaml/gm)).toHaveLength(blocks.length);
});

describe('each document of the page', () => {
  test.each(blocks)('is sound, and names nobody who is not there: $text', ({ kind, text }) => {
    const documents = parsed(text);
    expect(documents.map((document) => document.kind)).toEqual([kind]);
    const wrong = lintMesh(documents, topology, nowMs).filter(
      ({ code }) => !['SV0103', 'SV0152', 'SV0153', 'SV0154'].includes(code),
    );
    expect(wrong).toEqual([]);
  });
});

test('the documents let in whom the page says', () => {
  const containing = (words: string) => {
    const text = blocks.find((block) => block.text.includes(words))?.text ?? '';
    const documents = parsed(text).flatMap((one) => (one.kind === 'service' ? [one.service] : []));
    const map = accessMap({ documents, mesh: undefined, topology, nowMs });
    return (service: string, caller: string) => {
      const of = map.services.find((one) => one.service === service);
      const cell = of && findCell(of, caller);
      return cell?.shadow === undefined ? cell?.verdict : `${cell.verdict}>${cell.shadow.verdict}`;
    };
  };
  const bound = containing('name: bound, action: allow');
  expect([bound('payment', 'cart'), bound('payment', 'risk'), bound('payment', 'outside')]).toEqual([
    'all',
    'none',
    'none',
  ]);
  const strict = containing('office-reports');
  expect(['orders', 'reports', 'cart'].map((caller) => strict('payment', caller))).toEqual(['some', 'some', 'none']);
  const users = containing('admins-write');
  expect([users('storefront', 'outside'), users('storefront', 'end users')]).toEqual(['some', 'some']);
  const asks = containing('big-charges');
  expect(asks('payment', 'orders')).toBe('some');
  const dry = containing('only-orders');
  expect([dry('payment', 'orders'), dry('payment', 'cart')]).toEqual(['all', 'all>none']);
});
