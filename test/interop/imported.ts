/** Imports texts in tests, and says what was found as people read it. */
import { expect } from 'vitest';
import type { Imported } from '../../src/interop/document-types.ts';
import { type ImportOptions, importManifests } from '../../src/interop/import-manifests.ts';
import { parseDocument } from '../../src/model/reading/parse.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';

export interface Result {
  readonly documents: Readonly<Record<string, ServiceDocument>>;
  /** `LINE severity field: message`, in the order of lines. */
  readonly issues: readonly string[];
  readonly imported: Imported;
}

/** Imports one text and holds that every document is valid. */
export function imported(text: string, options: ImportOptions = {}): Result {
  const result = importManifests([{ name: 'in.yaml', text }], options);
  const documents: Record<string, ServiceDocument> = {};
  for (const { key, value } of result.documents) {
    const parsed = parseDocument(JSON.stringify(value), { key });
    expect(parsed.ok ? [] : parsed.issues).toEqual([]);
    documents[key.replace(/^service\//, '')] = value as ServiceDocument;
  }
  const issues = [...result.issues]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map(({ line, severity, path, message }) => `${line} ${severity} ${path}: ${message}`);
  return { documents, issues, imported: result };
}

/** A Gateway `web` for one listener, before the text of routes. */
export function withGateway(routes: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: any, listeners: [{ name: http, port: 80, protocol: HTTP }] }
---
${routes}`;
}

/** An HTTPRoute of the gateway `web` with the rules that a text gives in flow style or indented by two; they begin at line 12. */
export function httpRoute(rules: string, more = ''): string {
  return withGateway(`apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop }
spec:
  parentRefs: [{ name: web }]
  rules:
${rules}${more}`);
}

/** A VirtualService of the service `reviews` whose routes begin at line 7. */
export function virtualService(http: string, more = ''): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
${http}${more}`;
}
