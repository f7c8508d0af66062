/**
 * What would become of a call, and why: by the same snapshot, the same matcher, the same access decision and the same stack of filters
 * that the data path runs. Nothing is sent, and where chance decides, the answer is a probability.
 */

import { isReplayable, isReplayableRpc } from '../core/retries/retry-policy.ts';
import { rulesInForce } from '../model/access-map/rules-in-force.ts';
import { type RuleTrial, traceAccess } from '../model/access-map/trace-access.ts';
import { type MatchTrial, traceMatches } from '../model/match/trace-matches.ts';
import type { ServiceDocument } from '../model/schema/service.ts';
import type { AccessVerdict, Found, Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { backendChances, type Chances } from './chances.ts';
import { type FilterStep, filterSteps } from './filter-steps.ts';
import type { Resolves } from './inert-deps.ts';
import { askedCall, type Question } from './question.ts';
import { refusedUser } from './refused-user.ts';
import { toldUser } from './told-user.ts';
import { type OwnAnswer, runTrial, type SentRequest } from './trial-run.ts';

export interface Explanation {
  readonly service: string;
  /** Of the document: the first 12 hex digits of its SHA-256. */
  readonly revision: string;
  readonly door: 'mesh' | 'public';
  /** Canonical, as routes and access rules judge it; `''` for RPC. */
  readonly url: string;
  readonly caller: string | null;
  /** The end user, `<issuer>/<subject>`; null without one. */
  readonly user: string | null;
  /** `strict` refuses a call with neither. */
  readonly mode: 'strict' | 'permissive';
  /** Undefined where neither the document nor the mesh says anything of access: every caller may call. */
  readonly access?: AccessVerdict;
  /** The access rules in the order in which they are asked, each with whether it matched, and why not. */
  readonly rules: readonly RuleTrial[];
  /** The matches that were asked, in order, up to the one that held. */
  readonly trials: readonly MatchTrial[];
  /** Undefined where no route matches. */
  readonly route?: ExplainedRoute;
  readonly answer?: OwnAnswer;
  readonly sent?: SentRequest;
}

export interface ExplainedRoute extends Chances {
  readonly name: string;
  readonly filters: readonly FilterStep[];
  /** Milliseconds; undefined is no limit. */
  readonly requestTimeoutMs?: number;
  readonly backendRequestTimeoutMs?: number;
  readonly retry?: ExplainedRetry;
}

export interface ExplainedRetry {
  /** After the first attempt. */
  readonly attempts: number;
  readonly codes: readonly number[];
  readonly backoffMs: number;
  /** Whether a call of this method and without a body may be sent again at all. */
  readonly applies: boolean;
}

export interface ExplainOptions {
  /** Services that were given a binding to the service, as the snapshot was compiled with. */
  readonly declared: readonly string[];
  readonly resolves: Resolves;
}

/** Explains one call to the service whose document, and the snapshot made of it, are given. */
export async function explain(
  question: Question,
  document: ServiceDocument,
  snapshot: Snapshot,
  options: ExplainOptions,
): Promise<Explanation> {
  const { resolves } = options;
  const asked = askedCall(question, snapshot);
  const head = {
    service: snapshot.service,
    revision: snapshot.revision,
    door: question.door,
    mode: rulesInForce(document, snapshot.mesh.defaults?.access).mode,
  };
  if (!asked.ok) {
    const answer = { status: 400, code: 'bad_request' as const, reason: asked.detail };
    return { ...head, url: question.url, caller: null, user: null, rules: [], trials: [], answer };
  }
  const call = toldUser(asked.call, snapshot);
  const found = snapshot.findRoute(call);
  const route = found && explainedRoute(call, found, snapshot, resolves);
  const access = snapshot.authorise?.(call, call.startMs);
  const refusal = refusedUser(call, snapshot);
  return {
    ...head,
    url: call.url,
    caller: call.principal,
    user: call.requestPrincipal,
    ...(access === undefined ? {} : { access }),
    rules: traceAccess({ document, settings: snapshot.mesh, declared: options.declared }, call, call.startMs),
    trials: traceMatches(document, snapshot.mesh, options, call),
    ...(route === undefined ? {} : { route }),
    ...(refusal === undefined ? await runTrial(call, found, snapshot, resolves, pointOf(route)) : { answer: refusal }),
  };
}

function explainedRoute(call: Call, { route }: Found, snapshot: Snapshot, resolves: Resolves): ExplainedRoute {
  const { requestTimeoutMs, backendRequestTimeoutMs, retry } = route;
  return {
    name: route.name,
    filters: filterSteps(snapshot, route),
    ...backendChances(call, route, snapshot, resolves),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(backendRequestTimeoutMs === undefined ? {} : { backendRequestTimeoutMs }),
    ...(retry === undefined
      ? {}
      : {
          retry: {
            attempts: retry.attempts,
            codes: [...retry.codes],
            backoffMs: retry.backoffMs,
            applies:
              call.kind === 'rpc'
                ? isReplayableRpc(retry, call.method, call.args)
                : isReplayable(retry, call.method, { kind: 'none' }),
          },
        }),
  };
}

/** Where in [0, 1) chance falls on the likeliest backend: in the middle of its part. */
function pointOf(route: Chances | undefined): number {
  if (route === undefined || route.chosenBy !== 'weights' || route.likeliest < 0) return 0.5;
  const before = route.backends.slice(0, route.likeliest).reduce((sum, { share }) => sum + share, 0);
  return before + (route.backends[route.likeliest]?.share ?? 0) / 2;
}
