/** Imported documents as text, and files of manifests beside documents. */
import { describe, expect, test } from 'vitest';
import { renderDocument } from '../../src/interop/documents/render.ts';
import { importManifests } from '../../src/interop/import-manifests.ts';
import { withoutManifests } from '../../src/interop/manifests/mixed-file.ts';
import { parseFile } from '../../src/model/reading/parse.ts';
import { httpRoute } from './imported.ts';

test('comments stand where what they are about would', () => {
  const rules =
    '    - backendRefs: [{ name: a, prot: 80 }]\n    - matches: [{ path: { value: /b } }]\n      backendRefs: [{ name: b }]\n';
  const other = '---\napiVersion: a.io/v1\nkind: Thing\nmetadata: { name: x }\n';
  const { documents } = importManifests([{ name: 'in.yaml', text: httpRoute(rules, other) }], { lenient: true });
  expect(
    renderDocument(documents[0] as (typeof documents)[number]),
  ).toBe(`# not imported: in.yaml:17 kind: objects of the kind Thing of a.io are not imported

service: web
public:
  listeners:
    - name: http
      protocol: HTTP
routes:
  - name: shop.1
    matches:
      - path:
          type: PathPrefix
          value: /b
    backends:
      - service: b
  # not imported: in.yaml:12 spec.rules[0].backendRefs[0].prot: unknown field "prot"; expected port (one of group, kind, name, namespace, port, weight, filters)
  - name: shop.0
    backends:
      - service: a
`);
});

describe('a file without its manifests', () => {
  const document = 'service: a\nversions: { v1: { worker: a } }\n';
  const manifest = 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n';
  const rows: { name: string; text: string; left: string | undefined }[] = [
    { name: 'of documents is as it was', text: document, left: document },
    { name: 'of manifests is nothing', text: `${manifest}---\n${manifest}`, left: undefined },
    {
      name: 'of both keeps its lines',
      text: `${manifest}---\n${document}--- # more\n${manifest}`,
      left: `\n\n\n---\n${document}---\n\n\n\n`,
    },
    { name: 'that nobody can read is as it was', text: 'a: [', left: 'a: [' },
  ];
  test.each(rows)('$name', ({ text, left }) => {
    expect(withoutManifests({ name: 'in.yaml', text })).toBe(left);
  });

  test('is read by line', () => {
    const text =
      withoutManifests({ name: 'in.yaml', text: `${manifest}---\n${document.replace('worker', 'wroker')}` }) ?? '';
    const parsed = parseFile(text, 'in.yaml');
    expect(parsed.ok ? [] : parsed.issues.map(({ line }) => line)).toEqual([6, 6]);
  });
});
