/** The command line of `explain` as a question. */
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
  /** `EU/DE/TXL`; parts may be empty. */
  readonly geo?: string;
  readonly address?: string;
  readonly journey?: string;
}

/** The question, or a failure that says what is wrong with the command line. */
export function readQuestion(args: QuestionArgs): Question {
  const { words, caller, principal, rpc } = args;
  if (caller !== undefined && principal !== undefined)
    throw usageFailure('--caller is a service inside the mesh, --principal somebody from outside: give one of them');
  const headers = args.headers.map(headerOf);
  const who = caller ?? principal;
  const base = {
    headers,
    atMs: Date.now(),
    door: caller === undefined ? ('public' as const) : ('mesh' as const),
    ...(who === undefined ? {} : { caller: who }),
    ...(args.claims.length === 0 ? {} : { claims: Object.fromEntries(args.claims.map(claimOf)) }),
    ...(args.geo === undefined ? {} : { geo: geoOf(args.geo) }),
    ...(args.address === undefined ? {} : { address: args.address }),
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
  try {
    return [text.slice(0, equals), JSON.parse(value)];
  } catch {
    return [text.slice(0, equals), value];
  }
}

function geoOf(text: string): NonNullable<Question['geo']> {
  const [continent = '', country = '', colo = ''] = text.split('/');
  return { continent, country, colo };
}
