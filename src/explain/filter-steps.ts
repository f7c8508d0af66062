/** The filters that a route's calls pass, in the order of the one list, with what each of them does in this route. */
import type { FilterRules, HeaderChange, PathModifier, Route, Snapshot } from '../model/snapshot.ts';
import { type Pipeline, pipeline } from '../proxy/pipeline.ts';
import { inertDeps } from './inert-deps.ts';

export interface FilterStep {
  readonly filter: string;
  /** Whether it runs anew for each attempt. */
  readonly perAttempt: boolean;
  /** What it does in this route; `''` where its name says it all. */
  readonly does: string;
}

/** The filters that the data path composes for the route. */
export function filterSteps(snapshot: Snapshot, route: Route): readonly FilterStep[] {
  const deps = inertDeps({ random: () => 0, atMs: 0, resolves: () => true });
  const steps = (filters: Pipeline['route'], perAttempt: boolean): readonly FilterStep[] =>
    Object.entries(filters).flatMap(([filter, build]) =>
      build({ deps, snapshot, route }) === undefined ? [] : [{ filter, perAttempt, does: doing(filter, route) }],
    );
  return [...steps(pipeline.route, false), ...steps(pipeline.attempt, true)];
}

function doing(filter: string, route: Route): string {
  const { requestTimeoutMs, backendRequestTimeoutMs, retry, backends } = route;
  switch (filter) {
    case 'deadline':
      return requestTimeoutMs === undefined ? "the caller's" : `${requestTimeoutMs} ms`;
    case 'time-out':
      return backendRequestTimeoutMs === undefined ? '' : `${backendRequestTimeoutMs} ms an attempt`;
    case 'retry':
      return retry === undefined ? '' : `${retry.attempts} more on ${['no answer', ...retry.codes].join(', ')}`;
    case 'pick':
      return `${backends.length} ${backends.length === 1 ? 'backend' : 'backends'}`;
    case 'fault':
      return faultText(route.fault);
    case 'cors':
      return `${route.cors?.allowOrigins.length} origins`;
    case 'respond':
      return answerText(route);
    case 'rewrite':
      return headerText(route);
    case 'url-rewrite':
      return rewriteText(route.rewrite);
    case 'mirror':
      return (route.mirrors ?? []).map(({ target, share }) => `${percent(share)} to ${target.name}`).join(', ');
    case 'backend-rewrite':
      return eachBackend(route, headerText);
    case 'backend-url-rewrite':
      return eachBackend(route, ({ rewrite }) => rewriteText(rewrite));
    case 'backend-respond':
      return eachBackend(route, answerText);
    default:
      return '';
  }
}

function eachBackend({ backends }: Route, text: (rules: FilterRules) => string): string {
  return backends
    .map((backend) => [backend.version, text(backend)] as const)
    .filter(([, words]) => words !== '')
    .map(([name, words]) => `${name}: ${words}`)
    .join('; ');
}

function headerText({ requestHeaders, responseHeaders }: FilterRules): string {
  return [changeText('request', requestHeaders), changeText('response', responseHeaders)]
    .filter((text) => text !== '')
    .join('; ');
}

function changeText(what: string, change: HeaderChange | undefined): string {
  if (change === undefined) return '';
  const names = (pairs: HeaderChange['set']): string[] => pairs.map(([name]) => name);
  const parts = Object.entries({ set: names(change.set), add: names(change.add), remove: change.remove });
  const told = parts.filter(([, list]) => list.length > 0).map(([verb, list]) => `${verb} ${list.join(', ')}`);
  return told.length === 0 ? '' : `${what} ${told.join(', ')}`;
}

function answerText({ redirect, directResponse }: FilterRules): string {
  if (redirect !== undefined) return `redirects with ${redirect.statusCode}`;
  return directResponse === undefined ? '' : `responds with ${directResponse.status}`;
}

function rewriteText(rewrite: FilterRules['rewrite']): string {
  if (rewrite === undefined) return '';
  return [rewrite.hostname === undefined ? '' : `host ${rewrite.hostname}`, pathText(rewrite.path)]
    .filter((text) => text !== '')
    .join(', ');
}

function pathText(path: PathModifier | undefined): string {
  if (path === undefined) return '';
  if (path.type === 'ReplaceRegexMatch') return `path ${path.pattern} becomes ${path.substitution}`;
  return path.type === 'ReplaceFullPath' ? `path ${path.value}` : `prefix becomes ${path.value || '/'}`;
}

function faultText(fault: FilterRules['fault']): string {
  if (fault === undefined) return '';
  const { delay, abort, requestHeaders } = fault;
  const parts = [
    delay && `${percent(delay.share)} wait ${delay.ms} ms`,
    abort && `${percent(abort.share)} end with ${abort.status ?? `gRPC status ${abort.grpcStatus}`}`,
    requestHeaders ? 'and what the request asks for' : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}
