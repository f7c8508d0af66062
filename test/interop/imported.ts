/** Imports texts in tests, and says what was found as people read it. */
import { expect } from 'vitest';
import type { Imported } from '../../src/interop/documents/document-types.ts';
import { type ImportOptions, importManifests } from '../../src/interop/import-manifests.ts';
import { parseDocument } from '../../src/model/reading/parse.ts';
import type { MeshDocument } from '../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';

export interface Result {
  readonly documents: Readonly<Record<string, ServiceDocument>>;
  /** The mesh's own document, where there is one. */
  readonly mesh: MeshDocument | undefined;
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
    if (key !== 'mesh') documents[key.replace(/^service\//, '')] = value as ServiceDocument;
  }
  const mesh = result.documents.flatMap((one) => (one.key === 'mesh' ? [one.value] : []))[0];
  const issues = [...result.issues]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .map(({ line, severity, path, message }) => `${line} ${severity} ${path}: ${message}`);
  return { documents, mesh, issues, imported: result };
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

/** A Service with its Deployment, which runs as an account. */
export function inhabitant(name: string, { namespace = 'shop', account = name, labels = `app: ${name}` } = {}): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8080 }, { port: 90, targetPort: admin }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  template:
    metadata: { labels: { ${labels} } }
    spec: { serviceAccountName: ${account}, containers: [{ name: c, ports: [{ name: admin, containerPort: 9090 }] }] }
---
`;
}

/** A policy of Istio's security API; its spec in flow style stands on the fourth line. */
export function policy(kind: string, spec: string, metadata = 'name: p, namespace: shop'): string {
  return `apiVersion: security.istio.io/v1
kind: ${kind}
metadata: { ${metadata} }
spec: ${spec}
---
`;
}
