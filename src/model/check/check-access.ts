/** The rules of access sections that span fields, or that no form can tell. */
import { conditionKey, conditionPort } from '../../core/access/condition-key.ts';
import { parseIpBlock } from '../../core/addresses/ip-block.ts';
import { parseDuration } from '../../core/duration.ts';
import type { Normalization } from '../../core/urls/canonical-path.ts';
import { examplePath, pathPatternFault } from '../../core/urls/path-match.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import type { FaultName } from '../findings/fault-words.ts';
import type { Findings, Path } from '../findings/findings.ts';
import type { DocumentAccess, DocumentRule, MeshAccess } from '../schema/access.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';

type One<T> = T extends readonly (infer TItem)[] ? TItem : T;
type DocumentFrom = One<NonNullable<DocumentRule['from']>>;
type DocumentTarget = One<NonNullable<DocumentRule['to']>>;
type DocumentWindow = One<NonNullable<DocumentRule['during']>>;
type DocumentCondition = NonNullable<DocumentRule['when']>[number];
type DocumentProvider = NonNullable<MeshAccess['providers']>[string];

/** What rules are checked against. */
interface Scope {
  readonly normalization: Normalization;
  /** Undefined where the mesh document may describe more. */
  readonly providers: readonly string[] | undefined;
  /** Names that are principals whatever they look like, since certificates are given them. */
  readonly principals: readonly string[];
  /** The service whose section it is; undefined for the mesh's. */
  readonly service?: string;
}

/** Of a service document. */
export function checkServiceAccess(document: ServiceDocument, findings: Findings): void {
  const access: DocumentAccess = document.access ?? {};
  const scope: Scope = {
    normalization: document.normalization ?? 'base',
    providers: access.inherit === false ? Object.keys(access.providers ?? {}) : undefined,
    principals: (document.authentication?.mtls?.certificates ?? []).map(({ principal }) => principal),
    service: document.service,
  };
  checkSection(access, ['access'], scope, findings);
}

/** Of the mesh document. */
export function checkMeshAccess({ defaults = {} }: MeshDocument, findings: Findings): void {
  const { access = {}, normalization = 'base' } = defaults;
  const providers = Object.keys(access.providers ?? {});
  checkSection(access, ['defaults', 'access'], { normalization, providers, principals: [] }, findings);
}

function checkSection(access: MeshAccess, at: Path, scope: Scope, findings: Findings): void {
  const { rules = [], providers = {} } = access;
  if (access.default === 'allow' && rules.some(({ action, dryRun }) => action === 'allow' && dryRun !== true))
    findings.fault([...at, 'default'], 'openDefault');
  rules.forEach((rule, index) => {
    checkRule(rule, [...at, 'rules', index], scope, findings);
  });
  for (const [name, provider] of Object.entries(providers))
    checkProvider(provider, [...at, 'providers', name], scope, findings);
}

function checkRule(rule: DocumentRule, at: Path, scope: Scope, findings: Findings): void {
  const { action, provider, dryRun } = rule;
  if (action === 'custom' && provider === undefined) findings.fault(at, 'noProvider');
  if (action === 'custom' && scope.normalization === 'none') findings.fault([...at, 'action'], 'rawPaths');
  if (action !== 'custom' && provider !== undefined) findings.fault([...at, 'provider'], 'strayProvider', action);
  if (provider !== undefined && scope.providers?.includes(provider) === false)
    findings.fault([...at, 'provider'], 'unknownProvider', provider, ...scope.providers);
  if (dryRun === true && (action === 'audit' || action === 'custom'))
    findings.fault([...at, 'dryRun'], 'dryRun', action);
  each(rule.from, [...at, 'from'], (from, here) => checkFrom(from, here, scope, findings));
  each(rule.to, [...at, 'to'], (to, here) => checkTo(to, here, scope, findings));
  rule.when?.forEach((condition, index) => {
    checkCondition(condition, [...at, 'when', index], scope, findings);
  });
  each(rule.during, [...at, 'during'], (window, here) => checkWindow(window, here, findings));
}

/** One thing, or each of a list. */
function each<T>(things: T | readonly T[] | undefined, at: Path, check: (thing: T, at: Path) => void): void {
  if (!Array.isArray(things)) {
    if (things !== undefined) check(things as T, at);
    return;
  }
  for (const [index, thing] of things.entries()) check(thing, [...at, index]);
}

type ValueCheck = (value: string, scope: Scope) => FaultName | undefined;

const badBlock: ValueCheck = (value) => (parseIpBlock(value) === undefined ? 'badBlock' : undefined);
const badPrincipal: ValueCheck = (value, { principals }) =>
  /^(?!spiffe:).*:\/\//.test(value) && !principals.includes(value) ? 'endUser' : undefined;
const badAccount: ValueCheck = (value) => (/^[^*/]+\/[^*]+$/.test(value) ? undefined : 'badAccount');
/** A pattern is split at its last slash: what stands before that of `https://` is no issuer, and `*` in both halves is none of Istio's patterns. */
const badUser: ValueCheck = (value) =>
  /.\*.|^\*.*\*$/.test(value)
    ? 'splitUser'
    : value.includes('/')
      ? /:\/\/[^/]*$/.test(value)
        ? 'cutIssuer'
        : undefined
      : value.includes('*')
        ? undefined
        : 'noIssuer';

const fieldChecks: Readonly<Record<string, ValueCheck>> = {
  principals: badPrincipal,
  requestPrincipals: badUser,
  serviceAccounts: badAccount,
  ipBlocks: badBlock,
  remoteIpBlocks: badBlock,
};

function checkFrom(from: DocumentFrom, at: Path, scope: Scope, findings: Findings): void {
  for (const [field, values] of Object.entries(from)) {
    const positive = field.replace(/^not(.)/, (_, first: string) => first.toLowerCase());
    const check = fieldChecks[positive];
    if (check !== undefined && Array.isArray(values)) checkValues(values, [...at, field], check, scope, findings);
  }
}

function checkValues(values: readonly string[], at: Path, check: ValueCheck, scope: Scope, findings: Findings): void {
  values.forEach((value, index) => {
    const fault = check(value, scope);
    if (fault !== undefined) findings.fault([...at, index], fault, value);
  });
}

function checkTo(to: DocumentTarget, at: Path, { normalization }: Scope, findings: Findings): void {
  for (const field of ['paths', 'notPaths'] as const) {
    to[field]?.forEach((pattern, index) => {
      const here = [...at, field, index];
      if (pathPatternFault(pattern) !== undefined) findings.fault(here, 'badPattern', pattern);
      else findings.literalPath(examplePath(pattern), pattern, here, normalization);
      if (normalization === 'none') findings.fault(here, 'rawPaths');
    });
  }
}

const conditionChecks: Readonly<Record<string, ValueCheck>> = {
  'request.auth.principal': badUser,
  'source.principal': badPrincipal,
  'source.serviceAccount': badAccount,
  'source.ip': badBlock,
  'remote.ip': badBlock,
  'destination.port': (value) => (conditionPort(value) === undefined ? 'badPort' : undefined),
};

function checkCondition(
  { key, values = [], notValues = [] }: DocumentCondition,
  at: Path,
  scope: Scope,
  findings: Findings,
): void {
  const known = conditionKey(key);
  if (known === undefined) findings.fault([...at, 'key'], 'unknownKey', key);
  const check = known && conditionChecks[known.kind];
  if (check === undefined) return;
  checkValues(values, [...at, 'values'], check, scope, findings);
  checkValues(notValues, [...at, 'notValues'], check, scope, findings);
}

function checkWindow({ from, until, days, hours, timeZone }: DocumentWindow, at: Path, findings: Findings): void {
  for (const [field, text] of [
    ['from', from],
    ['until', until],
  ] as const)
    if (text !== undefined && !isInstant(text)) findings.fault([...at, field], 'badInstant', text);
  if (from !== undefined && until !== undefined && Date.parse(from) >= Date.parse(until))
    findings.fault([...at, 'until'], 'endsBefore', from);
  const [start, end] = hours?.split('-') ?? [];
  if (hours !== undefined && start === end) findings.fault([...at, 'hours'], 'noHours', hours);
  if (timeZone === undefined) return;
  if (days === undefined && hours === undefined) findings.fault([...at, 'timeZone'], 'strayZone');
  else if (!isTimeZone(timeZone)) findings.fault([...at, 'timeZone'], 'badZone', timeZone);
}

/** `Date.parse` takes the 30th of February for a day of March. */
function isInstant(text: string): boolean {
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(Date.parse(text)) && new Date(day).toISOString().startsWith(text.slice(0, 10));
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function checkProvider(provider: DocumentProvider, at: Path, { service }: Scope, findings: Findings): void {
  const { url, timeout, addHeaders = {}, requestHeaders = [], upstreamHeaders = [] } = provider;
  if (service !== undefined && provider.service === service) findings.fault([...at, 'service'], 'asksItself', service);
  if (url !== undefined && !isBase(url)) findings.fault([...at, 'url'], 'badBase', url);
  if (timeout !== undefined && parseDuration(timeout) === 0) findings.fault([...at, 'timeout'], 'noTime');
  for (const name of Object.keys(addHeaders))
    if (unchangeableHeader(name.toLowerCase(), true) !== undefined)
      findings.fault([...at, 'addHeaders', name], 'badHeader', name);
  for (const [field, names] of Object.entries({ requestHeaders, upstreamHeaders }))
    names.forEach((name, index) => {
      const isTaken = unchangeableHeader(name.toLowerCase(), field === 'upstreamHeaders') !== undefined;
      if (isTaken) findings.fault([...at, field, index], 'badHeader', name);
    });
}

function isBase(url: string): boolean {
  return URL.canParse(url) && !/[?#@]/.test(url);
}
