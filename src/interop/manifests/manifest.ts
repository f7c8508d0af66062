/** Kubernetes objects of YAML and JSON texts: what kind, whose name, and where. */
import { malformed } from '../../model/findings/issue.ts';
import { parseJsonTree } from '../../model/reading/json-tree.ts';
import { positionOf, type Tree, type TreeResult, treeProblems } from '../../model/reading/tree.ts';
import { parseYamlTrees, type YamlBounds } from '../../model/reading/yaml-tree.ts';
import { importCode, type Report } from '../import-issue.ts';
import { Located } from './located.ts';

/** A text with its name for messages. */
export interface ManifestFile {
  readonly name: string;
  readonly text: string;
}

export interface Manifest {
  /** `gateway.networking.k8s.io`; `''` for Kubernetes' own first kinds. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339; `''` where nobody has created it yet. */
  readonly created: string;
  readonly root: Located;
  readonly spec: Located;
}

/** ObjectMeta; what it says of the object's life in a cluster is of no concern here. */
const metadataFields = [
  'name',
  'namespace',
  'labels',
  'annotations',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'finalizers',
  'generateName',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

/** Manifests may be as long as a dump of a namespace. */
const maxManifestText = 16 * 1024 * 1024;
const bounds: YamlBounds = { documents: 50_000, lexemes: 4_000_000 };

/** A file whose text is parsed: once, however often it is read. */
export interface ParsedFile {
  readonly file: ManifestFile;
  readonly results: readonly TreeResult[];
}

/** Parses a file of YAML, or of JSON where its name says so. */
export function parseManifestFile(file: ManifestFile): ParsedFile {
  const { name, text } = file;
  if (text.length > maxManifestText) {
    const message = `the file is longer than ${maxManifestText} characters`;
    return { file, results: [{ ok: false, at: 0, message }] };
  }
  return { file, results: /\.json$/i.test(name) ? [parseJsonTree(text)] : parseYamlTrees(text, bounds) };
}

/** Whether a document is a Kubernetes object, and not one of the mesh's own. */
export function isManifest(tree: Tree): boolean {
  return tree.kind === 'map' && tree.entries.some(({ key }) => key === 'apiVersion' || key === 'kind');
}

/** Reads the objects of all files, lists unfolded. `mixed`: what is no object is somebody else's. */
export function readManifests(files: readonly ParsedFile[], report: Report, mixed: boolean): Manifest[] {
  return files.flatMap(({ file: { name, text }, results }) =>
    results.flatMap((parsed) => {
      if (!parsed.ok) {
        const place = positionOf(text, parsed.at);
        const { message } = parsed;
        report.add({
          file: name,
          ...place,
          path: '',
          message,
          expected: '',
          severity: 'error',
          code: malformed.syntax,
        });
        return [];
      }
      const { tree } = parsed;
      if (mixed && !isManifest(tree)) return [];
      const root = new Located({ file: name, text, root: tree, report }, tree, []);
      for (const { path, message, expected, code } of treeProblems(tree))
        root.at(path).tell('error', code, message, expected, true);
      return unfold(root);
    }),
  );
}

/** `kubectl get -o yaml` puts several objects into a List. */
function unfold(root: Located): Manifest[] {
  const kind = root.get('kind').text();
  if (kind?.endsWith('List') && root.get('items').present) return root.get('items').items().flatMap(unfold);
  const apiVersion = root.get('apiVersion').text();
  if (kind === undefined || apiVersion === undefined) {
    root.tell('error', importCode.unknownKind, 'this is no Kubernetes object', 'apiVersion and kind', false);
    return [];
  }
  const metadata = root.get('metadata').only(metadataFields);
  const name = metadata.get('name').text();
  if (name === undefined || name === '') {
    metadata.tell('error', malformed.missingField, 'the object has no name', 'metadata.name', false);
    return [];
  }
  const slash = apiVersion.indexOf('/');
  return [
    {
      group: slash < 0 ? '' : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
      kind,
      namespace: metadata.get('namespace').text() || 'default',
      name,
      labels: metadata.get('labels').texts(),
      annotations: metadata.get('annotations').texts(),
      created: metadata.get('creationTimestamp').text() ?? '',
      root,
      spec: root.get('spec'),
    },
  ];
}
