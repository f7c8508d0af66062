/** From a plain value to a document: the schema first, and on what has the right shape the rules that span fields. */
import * as v from 'valibot';
import { closestName } from '../core/closest-name.ts';
import { checkService, declaredIn } from './check/check.ts';
import { checkMesh } from './check/check-mesh.ts';
import { schemaOf } from './findings/findings-of.ts';
import { inWords } from './findings/in-words.ts';
import { malformed, type PathKey, type Problem } from './findings/issue.ts';
import { soundPart } from './findings/sound-part.ts';
import { maxProblems } from './reading/text-limits.ts';
import { type MeshDocument, meshSchema } from './schema/mesh.ts';
import { maxVersions, type ServiceDocument, serviceSchema } from './schema/service.ts';
import { type StoredDocument, soundValue } from './sound-document.ts';

export type Validated =
  | { readonly ok: true; readonly document: StoredDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Validates a value as the document of one kind. */
export function validateDocument(kind: 'mesh' | 'service', value: unknown): Validated {
  const document = soundValue(kind, value);
  if (document !== undefined) return { ok: true, document };
  const { issues = [] } = v.safeParse(schemaOf(kind === 'mesh' ? meshSchema : serviceSchema), value);
  const problems = problemsOf(issues);
  if (issues.length >= maxProblems) return { ok: false, problems };
  if (issues.length > 0) problems.push(...problemsOfSoundPart(kind, value));
  else if (kind === 'mesh') problems.push(...checkMesh(value as MeshDocument).map(inWords));
  else problems.push(...checkService(value as ServiceDocument).map(inWords));
  return { ok: false, problems: problems.slice(0, maxProblems) };
}

/** What the rules that span fields find in the sound part; nothing that is only missing because it was refused before. */
function problemsOfSoundPart(kind: 'mesh' | 'service', whole: unknown): Problem[] {
  if (kind === 'mesh') {
    const mesh = soundPart<MeshDocument>(schemaOf(meshSchema), whole, () => undefined);
    if (mesh === undefined) return [];
    return checkMesh(mesh.value)
      .map(inWords)
      .map((problem) => ({ ...problem, path: mesh.originalPath(problem.path) }));
  }
  const part = soundPart<ServiceDocument>(schemaOf(serviceSchema), whole, versionStandIn);
  if (part === undefined) return [];
  const declared = declaredIn(whole as ServiceDocument);
  // Each name that is used would be compared with all of them.
  if (declared.versions.length > maxVersions || declared.listeners.length > maxVersions) return [];
  const { routes } = whole as ServiceDocument;
  return checkService(part.value, declared)
    .map(inWords)
    .filter((problem) => problem.code !== malformed.noRoute || routes === undefined)
    .map((problem) => ({ ...problem, path: part.originalPath(problem.path) }));
}

/** A version whose declaration is wrong is declared all the same. */
function versionStandIn(path: readonly PathKey[]): unknown {
  return path.length === 2 && path[0] === 'versions' ? { worker: 'refused' } : undefined;
}

function problemsOf(issues: readonly v.BaseIssue<unknown>[]): Problem[] {
  return issues.slice(0, maxProblems).map(problemOf);
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = (issue.path ?? []).map((item) => item.key as PathKey);
  const last = issue.path?.at(-1);
  const severity = 'error' as const;
  const name = String(path.at(-1));
  // `closed` raises two findings: one about a key that it does not know, one about the object as a whole.
  if (issue.type === 'raw_check') {
    if (last?.origin === 'key') {
      return {
        path,
        message: `unknown field ${JSON.stringify(name)}`,
        expected: issue.message,
        severity,
        code: malformed.unknownField,
        onKey: true,
      };
    }
    return {
      path,
      message: 'these fields do not go together',
      expected: issue.message,
      severity,
      code: malformed.inconsistent,
    };
  }
  if (last?.origin === 'key') {
    if (issue.input === undefined) {
      return {
        path,
        message: `the field ${JSON.stringify(name)} is missing`,
        expected: '',
        severity,
        code: malformed.missingField,
      };
    }
    return {
      path,
      message: `the name is ${JSON.stringify(name)}`,
      expected: issue.message,
      severity,
      code: malformed.badValue,
      onKey: true,
    };
  }
  let expected = issue.message;
  if (issue.type === 'picklist' && typeof issue.input === 'string') {
    const options = [...(issue.expected ?? '').matchAll(/"([^"]*)"/g)].map((found) => found[1] as string);
    const meant = closestName(issue.input, options);
    if (meant !== undefined) expected = `${meant} (${expected})`;
  }
  return { path, message: `the value is ${shown(issue.input)}`, expected, severity, code: malformed.badValue };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (value === undefined) return 'missing';
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  const json = JSON.stringify(value);
  return json.length > 80 ? `${json.slice(0, 76)}..."` : json;
}
