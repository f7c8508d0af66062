/** What is wrong with versions, routes, filters and hosts of a document. */

import type { RegexFaultName } from '../../core/regex/fault.ts';
import { maxSubstitutionLength } from '../../core/regex/linear-regex.ts';
import type { HeaderFault } from '../../core/wire.ts';
import { headerRemedy } from './header-remedy.ts';
import { malformed } from './issue.ts';
import { nearest, quote, type Tell } from './phrases.ts';
import { regexWords } from './regex-words.ts';

const claimForms = 'sub, realm.role for a nested claim, or [a.b] for a name with dots';

export const documentWords = {
  // What a part of src/core says itself.
  told: (message) => [malformed.badValue, message, ''],
  badRegex: (at, fault, ...values) => {
    const [reason, expected] = regexWords(fault as RegexFaultName, values);
    return [malformed.badRegex, `at character ${at} of the expression: ${reason}`, expected];
  },
  largeRegexes: (most) => [
    malformed.badRegex,
    `with this one the document's expressions have more than ${most} steps, repetitions written out`,
    'fewer expressions, or smaller counts',
  ],
  noVersion: (name, ...versions) => [
    malformed.unknownVersion,
    `the document declares no version ${quote(name)}`,
    nearest(name, versions),
  ],
  noSlash: (path) => [malformed.badValue, `the path ${quote(path)} does not begin with "/"`, `"/${path}"`],
  queryOrFragment: () => [malformed.badValue, 'a path has no query and no fragment', 'the path alone'],
  otherPath: (path, how) => [
    malformed.badValue,
    'the path is not canonical and would never match',
    how === '' ? path : `the canonical form, ${how} ${path}`,
  ],
  noRoute: (versions) => [
    malformed.noRoute,
    versions === '0'
      ? 'there is no version and no route, so nothing answers'
      : `there are ${versions} versions and no route says which of them answers`,
    'a route, or a single version',
  ],
  sameRoute: (name) => [malformed.duplicate, `another route is named ${quote(name)} too`, 'a name of its own'],
  timeouts: (attempt, call) => [
    malformed.inconsistent,
    `an attempt gets more time (${attempt}) than the call (${call})`,
    `at most ${call}`,
  ],
  dotsLeadOut: () => [
    malformed.inconsistent,
    'the dot segments of a call lead out of this path where paths are not made canonical',
    'a normalization other than none',
  ],
  sameFilter: () => [
    malformed.duplicate,
    'there is a filter of this type already',
    'each type once; RequestMirror any number of times',
  ],
  answersBeside: (type, other) => [
    malformed.inconsistent,
    `${type} answers the call, so that ${other} beside it has no effect`,
    `${type} or ${other}`,
  ],
  answersAll: (type) => [
    malformed.inconsistent,
    `${type} answers every call of the route, so that its backends get none`,
    `a route without backends, or ${type} among the filters of a backend`,
  ],
  beforePick: (type, fault) => [
    malformed.inconsistent,
    `${fault === '' ? 'a preflight is answered' : 'a fault is injected once for a call'} before a backend is picked`,
    `${type} among the filters of the route`,
  ],
  noBody: (status) => [
    malformed.inconsistent,
    `a response of status ${status} has no body`,
    'no body, or another status',
  ],
  sameHeader: (name) => [
    malformed.duplicate,
    `the header ${quote(name)} stands in this list twice`,
    'each header once',
  ],
  unchangeable: (name, why) => [
    malformed.badValue,
    `no route can change ${quote(name)}`,
    headerRemedy(why as HeaderFault),
  ],
  queryInPath: () => [malformed.badValue, 'a path has no query', 'the path alone; the query of the request stays'],
  rawPath: (path) => [malformed.badValue, 'the path is not canonical', path],
  emptySegment: (path) => [malformed.badValue, 'the path has an empty segment', path.replace(/\/{2,}/g, '/')],
  noPrefix: (type) => [
    malformed.inconsistent,
    `a match of the route is by ${type} path, so there is no prefix to replace`,
    'matches by PathPrefix, or ReplaceFullPath',
  ],
  longSubstitution: () => [malformed.badValue, `a substitution has at most ${maxSubstitutionLength} characters`, ''],
  strayBackslash: () => [
    malformed.badValue,
    'a backslash stands before the number of a group, \\0 to \\9, or before another backslash',
    '',
  ],
  noGroup: (group, groups) => [malformed.badValue, `\\${group} names a group, and the expression has ${groups}`, ''],
  rawSubstitution: () => [
    malformed.badValue,
    'the substitution makes a path that is not canonical',
    'characters that a path holds, others percent-encoded; no query and no segments of dots',
  ],
  starBeside: () => [malformed.inconsistent, '"*" is all there is', '"*" alone, or a list without it'],
  starInOrigin: () => [
    malformed.badValue,
    'a star stands for the first labels of a host',
    'https://*.example.com for any number of labels, or * for every origin',
  ],
  originPath: (origin) => [
    malformed.badValue,
    'an origin has no path and no slash at its end',
    origin.slice(0, origin.indexOf('/', origin.indexOf('://') + 3)),
  ],
  sameHost: () => [malformed.duplicate, 'this host stands in the list twice', 'each host once'],
  noListener: (name, ...known) => [
    malformed.unknownListener,
    `the document declares no listener ${quote(name)}`,
    known.length === 0 ? 'a listener under public.listeners' : `one of ${known.join(', ')}`,
  ],
  sameListener: (name) => [malformed.duplicate, `another listener is named ${quote(name)} too`, 'a name of its own'],
  sameCalls: () => [
    malformed.duplicate,
    'an earlier listener has the same hostname, port and protocol, and takes all of its calls',
    'a hostname, port or protocol of its own',
  ],
  neverRpc: (...fields) => [
    malformed.inconsistent,
    'an RPC call has no path, HTTP method, query, cookies, host, scheme or port, so this match can never hold',
    `rpc, or ${fields.join(', ')}`,
  ],
  hostOfMatch: () => [
    malformed.badValue,
    'a host has no port, path, star or space',
    'a host name, or its beginning with type Prefix; wildcards stand under hostnames of the route',
  ],
  sameName: () => [
    malformed.duplicate,
    'this match asks about the same name before',
    'each name once, and once inverted; several matches for alternatives',
  ],
  cookieName: (name) => [malformed.badValue, `no cookie can be named ${quote(name)}`, 'a cookie name (RFC 6265 token)'],
  claimName: (name) => [malformed.badValue, `${quote(name)} names no claim`, claimForms],
  badUrl: (detail) => [
    malformed.badValue,
    detail === '' ? 'the URL has a query or fragment' : detail,
    'an absolute http or https URL without user, query and fragment',
  ],
  percentages: (sum) => [malformed.inconsistent, `the percentages add up to ${sum}`, 'percentages that add up to 100'],
  ownHeader: (name) => [
    malformed.badValue,
    `the header ${name} has a meaning of its own`,
    'another name, such as x-session',
  ],
  noEnd: () => [
    malformed.inconsistent,
    'a permanent cookie needs an end',
    'a duration above 0s, or lifetimeType Session',
  ],
} as const satisfies Record<string, Tell>;
