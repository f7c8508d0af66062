/** What an external authoriser answered, and what an isolate remembers of it: plain data. */
import type { AuthoriserAnswer } from '../../core/errors/mesh-error.ts';
import { makeRoom } from '../../core/make-room.ts';
import { readBounded } from '../../core/read-bounded.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import type { Authoriser } from '../../model/snapshot.ts';
import { letGo } from '../service.ts';

type Headers = readonly (readonly [name: string, value: string])[];

export type AuthoriserVerdict =
  | { readonly kind: 'allowed'; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly answer: AuthoriserAnswer }
  | { readonly kind: 'none'; readonly detail: string };

/** Longest body of a refusal that a caller gets. */
export const refusalBodyBytes = 8192;
/** Verdicts that an isolate remembers of one authoriser. */
export const rememberedVerdicts = 1000;
/** Longest question, and longest body of a refusal, that are remembered: a thousand of them are a few megabytes. */
const rememberedLength = 4096;

/** Beside `downstreamHeaders`: without them a status or a body would mean nothing. */
const alwaysTold = ['content-type', 'location', 'www-authenticate'];
const neverTold = new Set(['content-encoding', 'proxy-status']);

/** 200 allows, a status from 500 on is no verdict, any other refuses: as in Envoy. Never rejects for what the answer holds. */
export async function readVerdict(response: Response, authoriser: Authoriser): Promise<AuthoriserVerdict> {
  const { status, headers } = response;
  if (status === 200) {
    await letGo(response);
    return {
      kind: 'allowed',
      headers: authoriser.upstreamHeaders.flatMap((name) => {
        const value = headers.get(name);
        return value === null ? [] : [[name, value] as const];
      }),
    };
  }
  if (status < 200 || status >= 500) {
    await letGo(response);
    return { kind: 'none', detail: `it answered ${status}` };
  }
  const told = toldHeaders(response.headers, authoriser);
  const body = await refusalBody(response);
  return { kind: 'refused', answer: { status, headers: told, ...(body === undefined ? {} : { body }) } };
}

function toldHeaders(headers: Response['headers'], { downstreamHeaders }: Authoriser): Headers {
  const told: (readonly [string, string])[] = [];
  headers.forEach((value, name) => {
    if (neverTold.has(name) || unchangeableHeader(name, false) !== undefined) return;
    if (downstreamHeaders?.includes(name) !== false || alwaysTold.includes(name)) told.push([name, value]);
  });
  return told;
}

async function refusalBody({ body }: Response): Promise<ArrayBuffer | undefined> {
  if (body === null) return undefined;
  try {
    return (await readBounded(body, refusalBodyBytes))?.buffer;
  } catch {
    return undefined;
  }
}

interface Remembered {
  readonly verdict: AuthoriserVerdict;
  readonly untilMs: number;
}

/** Verdicts on questions, the oldest first. An authoriser is made with its snapshot, so a change of the document forgets them. */
const memory = new WeakMap<Authoriser, Map<string, Remembered>>();

/** The verdict on a question that was asked not long ago. */
export function recallAuthoriser(
  authoriser: Authoriser,
  question: string,
  nowMs: number,
): AuthoriserVerdict | undefined {
  const found = memory.get(authoriser)?.get(question);
  return found !== undefined && nowMs < found.untilMs ? found.verdict : undefined;
}

/** Remembers a verdict where the document says for how long. That there was none is never remembered. */
export function rememberAuthoriser(
  authoriser: Authoriser,
  question: string,
  verdict: AuthoriserVerdict,
  nowMs: number,
): void {
  const { cacheMs } = authoriser;
  const isLong = verdict.kind === 'refused' && (verdict.answer.body?.byteLength ?? 0) > rememberedLength;
  if (cacheMs === 0 || verdict.kind === 'none' || isLong || question.length > rememberedLength) return;
  let verdicts = memory.get(authoriser);
  if (verdicts === undefined) {
    verdicts = new Map();
    memory.set(authoriser, verdicts);
  }
  verdicts.delete(question);
  makeRoom(verdicts, rememberedVerdicts);
  verdicts.set(question, { verdict, untilMs: nowMs + cacheMs });
}
