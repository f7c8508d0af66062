/** The rules of versions, balancing, sticky splits and sessions that span fields. */

import { parseDuration } from '../../core/duration.ts';
import { hopHeaders } from '../../core/headers/own-headers.ts';
import { claimPath } from '../../core/tokens/claim.ts';
import { canonicalTarget } from '../../core/urls/canonical-path.ts';
import type { DocumentHashKey } from '../compile/compile-target.ts';
import type { Findings, Path } from '../findings/findings.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';

type Balance = NonNullable<ServiceDocument['balance']>;

/** Checks where versions are reached, and how calls are spread over their endpoints. */
export function checkVersions({ balance, versions = {} }: ServiceDocument, findings: Findings): void {
  checkBalance(balance, ['balance'], findings);
  for (const [name, version] of Object.entries(versions)) {
    const at = ['versions', name];
    checkUrl(version.url, [...at, 'url'], findings);
    version.endpoints?.forEach(({ url }, index) => {
      checkUrl(url, [...at, 'endpoints', index, 'url'], findings);
    });
    checkBalance(version.balance, [...at, 'balance'], findings);
  }
}

function checkUrl(url: string | undefined, at: Path, findings: Findings): void {
  if (url === undefined) return;
  const target = canonicalTarget(url, 'base');
  if (!target.ok || /[?#]/.test(url)) findings.fault(at, 'badUrl', target.ok ? '' : target.detail);
}

function checkBalance(balance: Balance | undefined, at: Path, findings: Findings): void {
  checkKeys(balance?.by, [...at, 'by'], findings);
  balance?.locality?.distribute?.forEach(({ to }, index) => {
    const sum = Object.values(to).reduce((total, percent) => total + percent, 0);
    if (sum !== 100) findings.fault([...at, 'locality', 'distribute', index, 'to'], 'percentages', String(sum));
  });
}

function checkKeys(keys: readonly DocumentHashKey[] | undefined, at: Path, findings: Findings): void {
  keys?.forEach(({ claim }, index) => {
    if (claim !== undefined && claimPath(claim) === undefined)
      findings.fault([...at, index, 'claim'], 'claimName', claim);
  });
}

/** What a response says of itself, or of its connection, in these cannot be a session's token. */
const takenHeaders: ReadonlySet<string> = new Set([
  ...hopHeaders,
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'location',
  'set-cookie',
  'transfer-encoding',
  'upgrade',
]);

/** Checks how a route keeps its callers. */
export function checkKeeping({ sticky, sessionPersistence }: DocumentRoute, at: Path, findings: Findings): void {
  if (sticky !== undefined) checkKeys(sticky.by, [...at, 'sticky', 'by'], findings);
  if (sessionPersistence === undefined) return;
  const { type, sessionName = '', cookieConfig, absoluteTimeout } = sessionPersistence;
  const here = [...at, 'sessionPersistence'];
  const name = sessionName.toLowerCase();
  if (type === 'Header' && (takenHeaders.has(name) || name.startsWith('selvedge-')))
    findings.fault([...here, 'sessionName'], 'ownHeader', sessionName);
  if (cookieConfig?.lifetimeType === 'Permanent' && parseDuration(absoluteTimeout ?? '0s') === 0)
    findings.fault([...here, 'absoluteTimeout'], 'noEnd');
}
