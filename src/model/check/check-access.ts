/** The rules of access sections that span fields, or that no form can tell. An edge only asks whether there is a fault; words have `access-words.ts`. */
import { conditionKey, conditionPort } from '../../core/access/condition-key.ts';
import { parseIpBlock } from '../../core/access/ip-block.ts';
import type { Normalization } from '../../core/canonical-path.ts';
import { parseDuration } from '../../core/duration.ts';
import { examplePath, pathPatternFault } from '../../core/path-match.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import type { DocumentAccess, DocumentRule, MeshAccess } from '../compile/compile-access.ts';
import type { AccessFaultName } from '../findings/access-words.ts';
import { Findings, type Path } from '../findings/findings.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';

export interface AccessFault {
  readonly path: Path;
  readonly fault: AccessFaultName;
  /** What the words about it need. */
  readonly values: readonly string[];
}

type Report = (path: Path, fault: AccessFaultName, ...values: readonly string[]) => void;
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
export function serviceAccessFaults(document: ServiceDocument): AccessFault[] {
  const access: DocumentAccess = document.access ?? {};
  return faultsOf(access, ['access'], {
    normalization: document.normalization ?? 'base',
    providers: access.inherit === false ? Object.keys(access.providers ?? {}) : undefined,
    principals: (document.authentication?.mtls?.certificates ?? []).map(({ principal }) => principal),
    service: document.service,
  });
}

/** Of the mesh document. */
export function meshAccessFaults({ defaults = {} }: MeshDocument): AccessFault[] {
  const { access = {}, normalization = 'base' } = defaults;
  const providers = Object.keys(access.providers ?? {});
  return faultsOf(access, ['defaults', 'access'], { normalization, providers, principals: [] });
}

function faultsOf(access: MeshAccess, at: Path, scope: Scope): AccessFault[] {
  const faults: AccessFault[] = [];
  const report: Report = (path, fault, ...values) => faults.push({ path, fault, values });
  const { rules = [], providers = {} } = access;
  if (access.default === 'allow' && rules.some(({ action, dryRun }) => action === 'allow' && dryRun !== true))
    report([...at, 'default'], 'openDefault');
  rules.forEach((rule, index) => {
    checkRule(rule, [...at, 'rules', index], scope, report);
  });
  for (const [name, provider] of Object.entries(providers))
    checkProvider(provider, [...at, 'providers', name], scope, report);
  return faults;
}

function checkRule(rule: DocumentRule, at: Path, scope: Scope, report: Report): void {
  const { action, provider, dryRun } = rule;
  if (action === 'custom' && provider === undefined) report(at, 'noProvider');
  if (action !== 'custom' && provider !== undefined) report([...at, 'provider'], 'strayProvider', action);
  if (provider !== undefined && scope.providers?.includes(provider) === false)
    report([...at, 'provider'], 'unknownProvider', provider, ...scope.providers);
  if (dryRun === true && (action === 'audit' || action === 'custom')) report([...at, 'dryRun'], 'dryRun', action);
  each(rule.from, [...at, 'from'], (from, here) => checkFrom(from, here, scope, report));
  each(rule.to, [...at, 'to'], (to, here) => checkTo(to, here, scope, report));
  rule.when?.forEach((condition, index) => {
    checkCondition(condition, [...at, 'when', index], scope, report);
  });
  each(rule.during, [...at, 'during'], (window, here) => checkWindow(window, here, report));
}

/** One thing, or each of a list. */
function each<T>(things: T | readonly T[] | undefined, at: Path, check: (thing: T, at: Path) => void): void {
  if (!Array.isArray(things)) {
    if (things !== undefined) check(things as T, at);
    return;
  }
  for (const [index, thing] of things.entries()) check(thing, [...at, index]);
}

type ValueCheck = (value: string, scope: Scope) => AccessFaultName | undefined;

const badBlock: ValueCheck = (value) => (parseIpBlock(value) === undefined ? 'badBlock' : undefined);
const badPrincipal: ValueCheck = (value, { principals }) =>
  /^(?!spiffe:).*:\/\//.test(value) && !principals.includes(value) ? 'endUser' : undefined;
const badAccount: ValueCheck = (value) => (/^[^*/]+\/[^*]+$/.test(value) ? undefined : 'badAccount');
/** A pattern is split at its last slash: what stands before that of `https://` is no issuer. */
const badUser: ValueCheck = (value) =>
  value.includes('/')
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

function checkFrom(from: DocumentFrom, at: Path, scope: Scope, report: Report): void {
  for (const [field, values] of Object.entries(from)) {
    const positive = field.replace(/^not(.)/, (_, first: string) => first.toLowerCase());
    const check = fieldChecks[positive];
    if (check !== undefined && Array.isArray(values)) checkValues(values, [...at, field], check, scope, report);
  }
}

function checkValues(values: readonly string[], at: Path, check: ValueCheck, scope: Scope, report: Report): void {
  values.forEach((value, index) => {
    const fault = check(value, scope);
    if (fault !== undefined) report([...at, index], fault, value);
  });
}

function checkTo(to: DocumentTarget, at: Path, { normalization }: Scope, report: Report): void {
  for (const field of ['paths', 'notPaths'] as const) {
    to[field]?.forEach((pattern, index) => {
      const here = [...at, field, index];
      const findings = new Findings();
      const isNone = pathPatternFault(pattern) !== undefined;
      if (!isNone) findings.literalPath(examplePath(pattern), pattern, here, normalization);
      if (isNone || findings.problems.length > 0)
        report(here, isNone ? 'badPattern' : 'badPath', pattern, normalization);
      if (normalization === 'none') report(here, 'rawPaths');
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
  report: Report,
): void {
  const known = conditionKey(key);
  if (known === undefined) report([...at, 'key'], 'unknownKey', key);
  const check = known && conditionChecks[known.kind];
  if (check === undefined) return;
  checkValues(values, [...at, 'values'], check, scope, report);
  checkValues(notValues, [...at, 'notValues'], check, scope, report);
}

function checkWindow({ from, until, days, hours, timeZone }: DocumentWindow, at: Path, report: Report): void {
  for (const [field, text] of [
    ['from', from],
    ['until', until],
  ] as const)
    if (text !== undefined && !isInstant(text)) report([...at, field], 'badInstant', text);
  if (from !== undefined && until !== undefined && Date.parse(from) >= Date.parse(until))
    report([...at, 'until'], 'endsBefore', from);
  const [start, end] = hours?.split('-') ?? [];
  if (hours !== undefined && start === end) report([...at, 'hours'], 'noHours', hours);
  if (timeZone === undefined) return;
  if (days === undefined && hours === undefined) report([...at, 'timeZone'], 'strayZone');
  else if (!isTimeZone(timeZone)) report([...at, 'timeZone'], 'badZone', timeZone);
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

function checkProvider(provider: DocumentProvider, at: Path, { service }: Scope, report: Report): void {
  const { url, timeout, addHeaders = {}, requestHeaders = [], upstreamHeaders = [] } = provider;
  if (service !== undefined && provider.service === service) report([...at, 'service'], 'asksItself', service);
  if (url !== undefined && !isBase(url)) report([...at, 'url'], 'badUrl', url);
  if (timeout !== undefined && parseDuration(timeout) === 0) report([...at, 'timeout'], 'noTime');
  for (const name of Object.keys(addHeaders))
    if (unchangeableHeader(name.toLowerCase(), true) !== undefined)
      report([...at, 'addHeaders', name], 'badHeader', name);
  for (const [field, names] of Object.entries({ requestHeaders, upstreamHeaders }))
    names.forEach((name, index) => {
      const isTaken = unchangeableHeader(name.toLowerCase(), field === 'upstreamHeaders') !== undefined;
      if (isTaken) report([...at, field, index], 'badHeader', name);
    });
}

function isBase(url: string): boolean {
  return URL.canParse(url) && !/[?#@]/.test(url);
}
