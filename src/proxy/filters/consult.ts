/**
 * Asks the external authorisers that custom rules name, one after the other in the order of their names: all must allow. Built only where a rule names
 * one. Who gives no verdict (no binding, no answer in time, a status from 500 on) refuses the call, or lets it pass where the document says
 * so. What an authoriser allows it may add headers to, which access rules and the backend then see, and under whose names they see nothing
 * that the caller sent; the route was found before.
 */
import { type MeshError, MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Asked, Authoriser, HeaderChange } from '../../model/snapshot.ts';
import { questionOf, questionRequest, questionText, questionUpstream } from '../authoriser/authoriser-question.ts';
import {
  type AuthoriserVerdict,
  readVerdict,
  recallAuthoriser,
  rememberAuthoriser,
} from '../authoriser/authoriser-verdict.ts';
import type { Call, Filter, Reply, Service } from '../call.ts';
import type { Deps, RouteParts } from '../deps.ts';
import { within } from '../within.ts';

/**
 * Undefined where no rule asks anybody. Throws `authoriser_refused` with what the authoriser answered, and `authoriser_unavailable`
 * where it gives no verdict and the document does not let calls pass without one.
 */
export function consult({ deps, snapshot, route }: RouteParts): Filter | undefined {
  const consultation = snapshot.consult;
  if (consultation === undefined || route?.beforeAccess === true) return undefined;
  const { asked, authorisers } = consultation;
  return (call, next) => {
    const questions = asked(call, call.startMs);
    return questions.length === 0 ? next(call) : askAll(deps, call, questions, authorisers, next);
  };
}

async function askAll(
  deps: Deps,
  call: Call,
  questions: readonly Asked[],
  authorisers: ReadonlyMap<string, Authoriser>,
  next: Service,
): Promise<Reply> {
  const own = questions.flatMap(({ provider }) => authorisers.get(provider)?.ownHeaders ?? []);
  let allowed = withHeaders(call, own, []);
  for (const { provider, rule } of questions) {
    const authoriser = authorisers.get(provider);
    const verdict: AuthoriserVerdict =
      authoriser === undefined
        ? { kind: 'none', detail: 'no document describes it' }
        : await askOne(deps, allowed, authoriser);
    const detail = `custom: ${rule}, authoriser ${provider}`;
    if (verdict.kind === 'refused') throw failure({ code: 'authoriser_refused', detail, answer: verdict.answer });
    if (verdict.kind === 'allowed') allowed = withHeaders(allowed, [], verdict.headers);
    else {
      const { failOpen = false, statusOnError: status = 403 } = authoriser ?? {};
      const why = `${detail}: ${verdict.detail}`;
      if (!failOpen) throw failure({ code: 'authoriser_unavailable', detail: why, status });
      call.record.reason = `let pass without a verdict (${why})`;
    }
  }
  return next(allowed);
}

function failure(error: MeshError): MeshFailure {
  return new MeshFailure(error);
}

async function askOne(deps: Deps, call: Call, authoriser: Authoriser): Promise<AuthoriserVerdict> {
  const { endpoint, timeoutMs } = authoriser;
  const question = questionOf(authoriser, call);
  const text = questionText(question);
  const known = authoriser.cacheMs === 0 ? undefined : recallAuthoriser(authoriser, text, deps.now());
  if (known !== undefined) return known;
  if (!deps.transport.resolves(endpoint, questionUpstream, 'fetch'))
    return { kind: 'none', detail: 'this edge cannot reach it' };
  const controller = new AbortController();
  const leftMs = call.deadlineMs === undefined ? Infinity : call.deadlineMs - deps.now();
  const late = () => {
    controller.abort();
    return { code: 'deadline_exceeded' } as const;
  };
  const request = questionRequest(question, call, authoriser, controller.signal);
  const answer = deps.transport
    .fetch(endpoint, questionUpstream, request)
    .then((response) => readVerdict(response, authoriser));
  try {
    const verdict = await within(Math.min(timeoutMs, leftMs), answer, late);
    rememberAuthoriser(authoriser, text, verdict, deps.now());
    return verdict;
  } catch (error) {
    const reason = error instanceof MeshFailure ? error.error.code : String(error);
    return { kind: 'none', detail: reason === 'deadline_exceeded' ? `no answer within ${timeoutMs} ms` : reason };
  }
}

/** What the authoriser says goes before what the caller said, for access rules and for the backend. RPC has no headers to replace. */
function withHeaders(call: Call, remove: HeaderChange['remove'], set: HeaderChange['set']): Call {
  if ((remove.length === 0 && set.length === 0) || call.kind === 'rpc') return call;
  const values = new Map<string, string | null>(remove.map((name) => [name, null]));
  for (const [name, value] of set) values.set(name, value);
  const { header } = call;
  return {
    ...call,
    header: (name) => {
      const value = values.get(name);
      return value === undefined ? header(name) : value;
    },
    requestHeaders: [...call.requestHeaders, { set, add: [], remove }],
  };
}
