/** Files that hold the mesh's own documents beside Kubernetes objects. */
import { isManifest, type ManifestFile, parseManifestFile } from './manifest.ts';

/**
 * The text of a file without its Kubernetes objects, every line where it was; the text itself where it holds none, `undefined` where
 * it holds nothing else.
 */
export function withoutManifests(file: ManifestFile): string | undefined {
  const documents = parseManifestFile(file).results.map((parsed) =>
    parsed.ok ? { at: parsed.tree.at, isObject: isManifest(parsed.tree) } : { at: parsed.at, isObject: false },
  );
  const objects = documents.filter(({ isObject }) => isObject);
  if (objects.length === 0) return file.text;
  if (objects.length === documents.length) return undefined;
  // A line that begins with three dashes is a mark between documents wherever it stands (YAML 1.2, 9.1.2).
  const marks = [0, ...[...file.text.matchAll(/^---/gm)].map(({ index }) => index + 3), file.text.length];
  let text = '';
  for (const [index, start] of marks.slice(0, -1).entries()) {
    const end = marks[index + 1] as number;
    const isObject = objects.some(({ at }) => at >= start && at < end);
    const part = file.text.slice(start, end);
    const mark = index + 2 < marks.length ? part.slice(-3) : '';
    text += isObject ? part.slice(0, part.length - mark.length).replace(/[^\n]/g, '') + mark : part;
  }
  return text;
}
