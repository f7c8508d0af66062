/** The rules of an authentication section that span fields. What is wrong is told by name; the words stand in `fault-words.ts`. */

import { parseDuration } from '../../core/duration.ts';
import { claimPath } from '../../core/tokens/claim.ts';
import { metadataUrls } from '../../core/tokens/issuer-metadata.ts';
import { jwksUriProblem } from '../../core/tokens/jwks-uri.ts';
import { unchangeableHeader } from '../../core/wire.ts';
import { type Findings, type Path, repeated } from '../findings/findings.ts';
import type { ServiceDocument } from '../schema/service.ts';

type JwtRule = NonNullable<NonNullable<ServiceDocument['authentication']>['jwt']>[number];

/** Members of a JWK that only its owner may know (RFC 7518 section 6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'];
/** No call waits longer for keys. */
const longestTimeoutMs = 30_000;

/** Checks rules about the tokens of end users, of a service or of the mesh. */
export function checkJwtRules(rules: readonly JwtRule[], at: Path, findings: Findings): void {
  rules.forEach((rule, index) => {
    const here = [...at, index];
    checkKeys(rule, here, findings);
    checkPlaces(rule, here, findings);
    checkOutputs(rule, here, findings);
    rule.spaceDelimitedClaims?.forEach((claim, place) => {
      checkClaim(claim, [...here, 'spaceDelimitedClaims', place], findings);
    });
    const timeoutMs = rule.timeout === undefined ? 1 : (parseDuration(rule.timeout) ?? 0);
    if (timeoutMs === 0 || timeoutMs > longestTimeoutMs) findings.fault([...here, 'timeout'], 'keyTimeout');
  });
}

/** Development may ask this machine; the edges of a deployment refuse it when they fetch. */
function checkKeys({ issuer, jwksUri, jwks }: JwtRule, at: Path, findings: Findings): void {
  jwks?.keys.forEach((key, index) => {
    const here = [...at, 'jwks', 'keys', index];
    if (key.kty === 'oct' || key.k !== undefined) findings.fault(here, 'secretKey');
    else if (privateMembers.some((member) => key[member] !== undefined)) findings.fault(here, 'privateKey');
  });
  if (jwksUri !== undefined) {
    const problem = jwksUriProblem(jwksUri, true);
    if (problem !== undefined) findings.fault([...at, 'jwksUri'], 'told', problem);
  } else if (jwks === undefined) {
    const [url] = metadataUrls(issuer ?? '');
    if (url === undefined || jwksUriProblem(url, true) !== undefined)
      findings.fault([...at, 'issuer'], 'undiscoverable');
  }
}

function checkPlaces({ fromHeaders = [], fromParams = [], fromCookies = [] }: JwtRule, at: Path, findings: Findings) {
  // The platform hands on values without spaces around them.
  fromHeaders.forEach(({ prefix = '' }, index) => {
    if (/^ /.test(prefix)) findings.fault([...at, 'fromHeaders', index, 'prefix'], 'tokenPrefix');
  });
  const headers = fromHeaders.map(({ name, prefix = '' }) => `${name} ${prefix}`.toLowerCase());
  for (const [field, names] of Object.entries({ fromHeaders: headers, fromParams, fromCookies }))
    for (const index of repeated(names)) findings.fault([...at, field, index], 'samePlace');
}

function checkOutputs(
  { outputPayloadToHeader, outputClaimToHeaders = [] }: JwtRule,
  at: Path,
  findings: Findings,
): void {
  const outputs = outputClaimToHeaders.map(({ header, claim }, index): [string, Path] => {
    const here = [...at, 'outputClaimToHeaders', index];
    checkClaim(claim, [...here, 'claim'], findings);
    return [header, [...here, 'header']];
  });
  if (outputPayloadToHeader !== undefined) outputs.unshift([outputPayloadToHeader, [...at, 'outputPayloadToHeader']]);
  const names = outputs.map(([header]) => header.toLowerCase());
  const again = repeated(names);
  outputs.forEach(([, path], index) => {
    if (unchangeableHeader(names[index] ?? '', true) !== undefined) findings.fault(path, 'outputHeader');
    else if (again.includes(index)) findings.fault(path, 'sameOutput');
  });
}

function checkClaim(claim: string, at: Path, findings: Findings): void {
  if (claimPath(claim) === undefined) findings.fault(at, 'claimName', claim);
}
