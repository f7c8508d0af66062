/** The admin API's documents: list, read, write one, write many, delete, and the split of one route. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { meshKey, serviceKey } from '../../core/configs/edge-config.ts';
import { isObject } from '../../core/is-object.ts';
import { keyOf, parseDocument } from '../../model/reading/parse.ts';
import type { ParseResult } from '../../model/reading/stored.ts';
import { validateDocument } from '../../model/validate.ts';
import { readDocument } from '../../platform/registry/registry-writer.ts';
import { answerError, answerJson } from '../answer.ts';
import type {
  DocumentAnswer,
  DocumentList,
  SplitAnswer,
  WriteAnswer,
  WriteManyAnswer,
  WriteManyRequest,
} from '../api-types.ts';
import { makeChanges } from '../audit/make-changes.ts';
import type { ControlHono } from '../hono-env.ts';
import { defaultRefreshSeconds } from '../observe/status.ts';
import { changesOf, deletionOf } from './plan-change.ts';
import { isDocumentKey, judgeStored, lintDocuments, type ReadDocument, readMesh } from './read-mesh.ts';
import { describeSplitError, splitTraffic } from './split.ts';
import { type PlannedWrite, planWrite, planWrites } from './write-documents.ts';

/** The most files in one write; above it, reading them would take seconds of an invocation that others wait for. */
const mostFiles = 1_000;
/** A body above this many bytes is no document: the model refuses a single one that large, and a mesh has few. */
const maxBody = 4_000_000;

type ControlContext = Context<ControlHono>;

function summary({ key, revision, state, issues, writtenAtMs }: ReadDocument) {
  return { key, revision, state, issues, writtenAtMs };
}

function documentData(read: ReadDocument): unknown {
  if (read.valid === undefined) return null;
  return read.valid.kind === 'mesh' ? read.valid.mesh : read.valid.service;
}

/** The key in the address: `mesh`, or `service/NAME` with its slash as it is or as `%2F`; as it stands there where it cannot be decoded. */
function keyInPath(c: ControlContext): string {
  const written = c.req.path.slice('/api/documents/'.length);
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

function refuseKey(c: ControlContext, key: string): Response {
  return answerError(
    c,
    400,
    'bad_key',
    `"${key}" is no key of the registry; there are "${meshKey}" and "${serviceKey('NAME')}"`,
  );
}

function refuseMalformed(c: ControlContext, parsed: Extract<ParseResult, { ok: false }>): Response {
  return answerError(c, 422, 'malformed', 'the document is malformed', { issues: parsed.issues });
}

/** The revision that the caller saw last, from If-Match with or without quotes; `undefined` where it does not care. */
function expectedRevision(c: ControlContext): string | undefined {
  const header = c.req.header('if-match')?.trim();
  return header === undefined || header === '*' ? undefined : header.replace(/^W\//, '').replaceAll('"', '');
}

function conflict(c: ControlContext, key: string, expected: string, revision: string): Response {
  const now = revision === '' ? 'absent' : `at revision ${revision}`;
  return answerError(c, 412, 'revision_conflict', `${key} is ${now}, not at ${expected}`, { revision });
}

function written({ key, change, words, revision }: PlannedWrite): WriteAnswer {
  return { key, change, words, revision };
}

async function putDocument(c: ControlContext): Promise<Response> {
  const key = keyInPath(c);
  if (!isDocumentKey(key)) return refuseKey(c, key);
  const text = await c.req.text();
  const parsed = parseDocument(text, { key });
  if (!parsed.ok) return refuseMalformed(c, parsed);
  const stored = await readDocument(c.env.REGISTRY, key);
  const expected = expectedRevision(c);
  if (expected !== undefined && expected !== (stored?.revision ?? ''))
    return conflict(c, key, expected, stored?.revision ?? '');
  const write = await planWrite(parsed.document, stored?.text);
  const refused = await makeChanges(c, changesOf('put', write, stored, c.env.REGISTRY));
  if (refused !== undefined) return refused;
  c.header('etag', `"${write.revision}"`);
  return answerJson(c, written(write), write.change === 'created' ? 201 : 200);
}

/** The body of a write of many, or `undefined` where it is not of that form. */
function readWriteMany(body: unknown): WriteManyRequest | undefined {
  const { documents, dryRun } = (body ?? {}) as Partial<WriteManyRequest>;
  if (!Array.isArray(documents) || (dryRun !== undefined && typeof dryRun !== 'boolean')) return undefined;
  const sound = documents.every((one: unknown) => {
    const { file, text } = (one ?? {}) as { readonly file?: unknown; readonly text?: unknown };
    return typeof file === 'string' && typeof text === 'string';
  });
  return sound ? { documents, dryRun } : undefined;
}

async function readJson(c: ControlContext): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    return undefined;
  }
}

async function postDocuments(c: ControlContext): Promise<Response> {
  const request = readWriteMany(await readJson(c));
  if (request === undefined) {
    return answerError(
      c,
      400,
      'bad_request',
      'the body must be {"documents": [{"file": "...", "text": "..."}], "dryRun": false}',
    );
  }
  if (request.documents.length > mostFiles)
    return answerError(c, 413, 'bad_request', `there are more than ${mostFiles} files; send them in several calls`);
  const read = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
  const plan = await planWrites(request.documents, new Map(read.documents.map((one) => [one.key, one.text])));
  if (!plan.ok)
    return answerError(c, 422, 'malformed', 'nothing was written: a document is malformed', { issues: plan.issues });
  const dryRun = request.dryRun === true;
  const stored = new Map(read.documents.map((one) => [one.key, one]));
  const changes = plan.writes.flatMap((write) => changesOf('apply', write, stored.get(write.key), c.env.REGISTRY));
  const refused = dryRun ? undefined : await makeChanges(c, changes);
  if (refused !== undefined) return refused;

  const after = new Map(
    read.documents.flatMap((one) => (one.valid === undefined ? [] : [[one.key, one.valid] as const])),
  );
  for (const write of plan.writes) after.set(write.key, write.document);
  const applied = new Set<string>(plan.writes.map((write) => keyOf(write.document)));
  const warnings = lintDocuments([...after.values()], c.env.TOPOLOGY, Date.now()).filter((issue) =>
    applied.has(issue.file),
  );
  return answerJson(c, { dryRun, results: plan.writes.map(written), warnings } satisfies WriteManyAnswer);
}

async function removeDocument(c: ControlContext): Promise<Response> {
  const key = keyInPath(c);
  if (!isDocumentKey(key)) return refuseKey(c, key);
  const stored = await readDocument(c.env.REGISTRY, key);
  if (stored === undefined) return answerError(c, 404, 'not_found', `there is no document ${key}`);
  const expected = expectedRevision(c);
  if (expected !== undefined && expected !== stored.revision) return conflict(c, key, expected, stored.revision);
  const refused = await makeChanges(c, [deletionOf(stored, c.env.REGISTRY)]);
  if (refused !== undefined) return refused;
  return answerJson(c, { key, change: 'deleted', revision: stored.revision });
}

/** `{"v1": 90, "v2": 10, "route": "default"}`: every member but `route` is a weight. */
function readSplit(body: unknown): { readonly weights: Record<string, number>; readonly route?: string } | undefined {
  if (!isObject(body)) return undefined;
  const { route, ...weights } = body;
  if (route !== undefined && typeof route !== 'string') return undefined;
  return Object.values(weights).every((weight) => typeof weight === 'number')
    ? { weights: weights as Record<string, number>, route }
    : undefined;
}

async function postSplit(c: ControlContext): Promise<Response> {
  const service = c.req.param('name') ?? '';
  const key = serviceKey(service);
  const asked = readSplit(await readJson(c));
  if (asked === undefined)
    return answerError(c, 400, 'bad_request', 'the body must be {"VERSION": WEIGHT, ...} with an optional "route"');
  const stored = isDocumentKey(key) ? await readDocument(c.env.REGISTRY, key) : undefined;
  if (stored === undefined) return answerError(c, 404, 'not_found', `there is no document ${key}`);
  const judged = judgeStored(key, stored.text, stored.revision);
  if (judged.valid?.kind !== 'service') {
    return answerError(c, 422, 'malformed', `the stored document ${key} is malformed; put it right first`, {
      issues: judged.issues,
    });
  }
  const split = splitTraffic(judged.valid.service, asked.weights, asked.route);
  if (!split.ok) {
    return answerError(c, 422, 'split_refused', describeSplitError(split.error), { reason: split.error.code });
  }
  const valid = validateDocument('service', split.document);
  if (!valid.ok)
    return answerError(c, 422, 'split_refused', valid.problems.map((problem) => problem.message).join('; '), {
      reason: 'malformed',
    });
  const write = await planWrite(valid.document, stored.text);
  const refused = await makeChanges(c, changesOf('split', write, stored, c.env.REGISTRY));
  if (refused !== undefined) return refused;
  const { route, changes } = split;
  return answerJson(c, {
    service,
    route,
    changes,
    revision: write.revision,
    refreshSeconds: c.env.REFRESH_SECONDS ?? defaultRefreshSeconds,
  } satisfies SplitAnswer);
}

export const documentRoutes = new Hono<ControlHono>()
  .use(
    '/api/*',
    bodyLimit({
      maxSize: maxBody,
      onError: (c) => answerError(c, 413, 'bad_request', `the body is larger than ${maxBody} bytes`),
    }),
  )
  .get('/api/documents', async (c) => {
    const { documents } = await readMesh(c.env.REGISTRY, c.env.TOPOLOGY);
    return answerJson(c, { documents: documents.map(summary) } satisfies DocumentList);
  })
  .post('/api/documents', postDocuments)
  .get('/api/documents/*', async (c) => {
    const key = keyInPath(c);
    if (!isDocumentKey(key)) return refuseKey(c, key);
    const found = (await readMesh(c.env.REGISTRY, c.env.TOPOLOGY)).documents.find((one) => one.key === key);
    if (found === undefined) return answerError(c, 404, 'not_found', `there is no document ${key}`);
    c.header('etag', `"${found.revision}"`);
    return answerJson(c, {
      ...summary(found),
      text: found.text,
      document: documentData(found),
    } satisfies DocumentAnswer);
  })
  .put('/api/documents/*', putDocument)
  .delete('/api/documents/*', removeDocument)
  .post('/api/services/:name/split', postSplit);
