/** The command line of `explain` as a question. */
import { isObject } from '../../core/is-object.ts';
import type { Question } from '../../explain/question.ts';
import { usageFailure } from '../failure.ts';

export interface QuestionArgs {
  /** `URL`, or `METHOD URL`. */
  readonly words: readonly string[];
  /** `name: value`, as curl takes them. */
  readonly headers: readonly string[];
  readonly caller?: string;
  readonly principal?: string;
  readonly rpc?: string;
  /** `name=value`; a value that is JSON counts as such. */
  readonly claims: readonly string[];
  /** A JSON object of claims, beside those above. */
  readonly claimsJson?: string;
  /** `ISSUER/SUBJECT`. */
  readonly user?: string;
  /** `EU/DE/TXL`; parts may be empty. */
  readonly geo?: string;
  readonly address?: string;
  /** The address that connected. */
  readonly ip?: string;
  /** RFC 3339; now by default. */
  readonly at?: string;
  readonly journey?: string;
}

/** The question, or a failure that says what is wrong with the command line. */
export function readQuestion(args: QuestionArgs): Question {
  const { words, caller, principal, rpc } = args;
  if (caller !== undefined && principal !== undefined)
    throw usageFailure('--caller is a service inside the mesh, --principal somebody from outside: give one of them');
  const headers = args.headers.map(headerOf);
  const who = caller ?? principal;
  const claims = claimsOf(args);
  const base = {
    headers,
    atMs: instantOf(args.at),
    door: caller === undefined ? ('public' as const) : ('mesh' as const),
    ...(who === undefined ? {} : { caller: who }),
    ...(claims === undefined ? {} : { claims }),
    ...(args.user === undefined ? {} : { user: userOf(args.user) }),
    ...(args.geo === undefined ? {} : { geo: geoOf(args.geo) }),
    ...(args.address === undefined ? {} : { address: args.address }),
    ...(args.ip === undefined ? {} : { peerAddress: args.ip }),
    ...(args.journey === undefined ? {} : { journey: args.journey }),
  };
  if (rpc !== undefined) {
    if (words.length > 0) throw usageFailure('an RPC call has no URL: give --rpc METHOD, --service and --caller');
    if (caller === undefined) throw usageFailure('RPC calls come through bindings: say who calls with --caller');
    return { ...base, kind: 'rpc', method: rpc, url: '' };
  }
  const [first = '', second, ...rest] = words;
  if (first === '' || rest.length > 0) throw usageFailure('name one URL: selvedge explain [METHOD] URL');
  const [method, url] = second === undefined ? ['GET', first] : [first, second];
  if (!/^[A-Za-z][A-Za-z-]{0,31}$/.test(method)) throw usageFailure(`"${method}" is no HTTP method`);
  if (!/^https?:\/\//i.test(url)) throw usageFailure(`"${url}" is no absolute http or https URL`);
  return { ...base, kind: 'fetch', method: method.toUpperCase(), url };
}

function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  if (colon < 1 || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name))
    throw usageFailure(`-H takes "name: value", got ${JSON.stringify(text)}`);
  return [name, text.slice(colon + 1).trim()];
}

function claimOf(text: string): readonly [string, unknown] {
  const equals = text.indexOf('=');
  if (equals < 1) throw usageFailure(`--claim takes name=value, got ${JSON.stringify(text)}`);
  const value = text.slice(equals + 1);
  return [text.slice(0, equals), jsonOf(value) ?? value];
}

function claimsOf({ claims, claimsJson }: QuestionArgs): Readonly<Record<string, unknown>> | undefined {
  const single = Object.fromEntries(claims.map(claimOf));
  if (claimsJson === undefined) return claims.length === 0 ? undefined : single;
  const given = jsonOf(claimsJson);
  if (!isObject(given)) throw usageFailure(`--claims takes a JSON object, got ${JSON.stringify(claimsJson)}`);
  return { ...given, ...single };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function userOf(text: string): string {
  const slash = text.lastIndexOf('/');
  if (slash < 1 || slash === text.length - 1)
    throw usageFailure(`--user takes ISSUER/SUBJECT, got ${JSON.stringify(text)}`);
  return text;
}

function instantOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const ms = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw usageFailure(`--at takes an instant such as 2026-06-01T12:00:00Z, got ${JSON.stringify(text)}`);
  return ms;
}

function geoOf(text: string): NonNullable<Question['geo']> {
  const [continent = '', country = '', colo = ''] = text.split('/');
  return { continent, country, colo };
}
