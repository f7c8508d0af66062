/** The rules of matches that span fields: conditions that could never hold, and values that calls never have. */

import { claimPath } from '../../core/tokens/claim.ts';
import type { Normalization } from '../../core/urls/canonical-path.ts';
import { type Findings, type Path, repeated } from '../findings/findings.ts';
import type { DocumentRoute } from '../schema/route.ts';

type Match = NonNullable<DocumentRoute['matches']>[number];
type Values = NonNullable<Match['headers']>;

/** Fields about what an RPC call does not have. */
const fetchFields = ['path', 'method', 'queryParams', 'cookies', 'host', 'scheme', 'ports'] as const;

/** Checks what a route is for: its hosts, its listeners and its matches. */
export function checkMatches(
  { hostnames, listeners, matches }: DocumentRoute,
  at: Path,
  declaredListeners: readonly string[],
  normalization: Normalization,
  findings: Findings,
): void {
  if (hostnames !== undefined) {
    for (const index of repeated(hostnames.map((host) => host.toLowerCase())))
      findings.fault([...at, 'hostnames', index], 'sameHost');
  }
  listeners?.forEach((name, index) => {
    if (!declaredListeners.includes(name))
      findings.fault([...at, 'listeners', index], 'noListener', name, ...declaredListeners);
  });
  matches?.forEach((match, index) => {
    checkMatch(match, [...at, 'matches', index], normalization, findings);
  });
}

function checkMatch(match: Match, at: Path, normalization: Normalization, findings: Findings): void {
  const { path, headers, queryParams, cookies, claims, host, rpc } = match;
  if (rpc !== undefined) checkRpc(match, [...at, 'rpc'], findings);
  if (path?.type === 'RegularExpression') findings.regex(path.value, [...at, 'path', 'value']);
  else if (path !== undefined) findings.literalPath(path.value, path.value, [...at, 'path', 'value'], normalization);
  if (host !== undefined) checkHost(host, [...at, 'host', 'value'], findings);
  if (headers !== undefined) checkValues(headers, [...at, 'headers'], (name) => name.toLowerCase(), findings);
  if (queryParams !== undefined) checkValues(queryParams, [...at, 'queryParams'], (name) => name, findings);
  if (cookies !== undefined) checkCookies(cookies, [...at, 'cookies'], findings);
  if (claims !== undefined) checkClaims(claims, [...at, 'claims'], findings);
}

function checkRpc(match: Match, at: Path, findings: Findings): void {
  if (fetchFields.every((field) => match[field] === undefined)) return;
  findings.fault(at, 'neverRpc', ...fetchFields);
}

function checkHost({ type = 'Exact', value }: NonNullable<Match['host']>, at: Path, findings: Findings): void {
  if (type === 'RegularExpression') findings.regex(value, at);
  else if (/[*/\s]/.test(value) || (value.includes(':') && !value.startsWith('['))) {
    findings.fault(at, 'hostOfMatch');
  }
}

/** A name may come twice where one condition is inverted: that is how a value is asked for with exceptions. */
function checkValues(values: Values, at: Path, fold: (name: string) => string, findings: Findings): void {
  const names = values.map(({ name, invert = false }) => `${fold(name)}${invert ? '!' : ''}`);
  for (const index of repeated(names)) {
    findings.fault([...at, index, 'name'], 'sameName');
  }
  checkExpressions(values, at, findings);
}

function checkExpressions(values: Values, at: Path, findings: Findings): void {
  values.forEach(({ type, value = '' }, index) => {
    if (type === 'RegularExpression') findings.regex(value, [...at, index, 'value']);
  });
}

function checkCookies(cookies: Values, at: Path, findings: Findings): void {
  checkValues(cookies, at, (name) => name, findings);
  cookies.forEach(({ name }, index) => {
    if (/[=;,\s]/.test(name)) findings.fault([...at, index, 'name'], 'cookieName', name);
  });
}

/** Of a claim that is a list several values may be asked for, each by a condition of its own. */
function checkClaims(claims: Values, at: Path, findings: Findings): void {
  checkExpressions(claims, at, findings);
  claims.forEach(({ name }, index) => {
    if (claimPath(name) === undefined) findings.fault([...at, index, 'name'], 'claimName', name);
  });
}
