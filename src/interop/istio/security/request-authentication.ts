/** RequestAuthentication: issuers whose tokens say who the end user is. */
import type { JwtRule } from '../../documents/document-types.ts';
import { isLoss } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { readDuration } from '../durations.ts';
import { readFrame } from './policy-frame.ts';

const jwtFields = [
  'issuer',
  'audiences',
  'jwksUri',
  'jwks',
  'fromHeaders',
  'fromParams',
  'fromCookies',
  'outputPayloadToHeader',
  'forwardOriginalToken',
  'outputClaimToHeaders',
  'timeout',
  'spaceDelimitedClaims',
];

/** An issuer of a policy, and where it stands. */
export interface ReadIssuer {
  readonly value: JwtRule;
  readonly origin: Located;
}

/** Reads the issuers of a policy; those that cannot be carried over are told, and left out. */
export function readRequestAuthentication(
  manifest: Manifest,
  keyAddresses: Readonly<Record<string, string>>,
): ReadIssuer[] {
  readFrame(manifest, ['targetRef', 'targetRefs', 'jwtRules']);
  return manifest.spec
    .get('jwtRules')
    .items()
    .flatMap((rule) => {
      const { value, found } = rule.report.during(() => readJwtRule(rule, keyAddresses));
      return found.some(isLoss) ? [] : [{ value, origin: rule }];
    });
}

function readJwtRule(rule: Located, keyAddresses: Readonly<Record<string, string>>): JwtRule {
  rule.only(jwtFields);
  const issuer = rule.get('issuer').text();
  const audiences = texts(rule.get('audiences'));
  const headers = rule
    .get('fromHeaders')
    .items()
    .map((item) => {
      const prefix = item.only(['name', 'prefix']).get('prefix').text();
      return { name: item.get('name').text() ?? '', ...(prefix ? { prefix } : {}) };
    });
  const params = texts(rule.get('fromParams'));
  const cookies = texts(rule.get('fromCookies'));
  const output = rule.get('outputPayloadToHeader').text();
  const forward = rule.get('forwardOriginalToken').flag();
  const claims = rule
    .get('outputClaimToHeaders')
    .items()
    .map((item) => {
      item.only(['header', 'claim']);
      return { header: item.get('header').text() ?? '', claim: item.get('claim').text() ?? '' };
    });
  const timeout = readDuration(rule.get('timeout'));
  const spaced = texts(rule.get('spaceDelimitedClaims'));
  return {
    ...(issuer ? { issuer } : {}),
    ...(audiences.length === 0 ? {} : { audiences }),
    ...readKeys(rule, keyAddresses),
    ...(headers.length === 0 ? {} : { fromHeaders: headers }),
    ...(params.length === 0 ? {} : { fromParams: params }),
    ...(cookies.length === 0 ? {} : { fromCookies: cookies }),
    ...(forward === undefined ? {} : { forwardOriginalToken: forward }),
    ...(output ? { outputPayloadToHeader: output } : {}),
    ...(claims.length === 0 ? {} : { outputClaimToHeaders: claims }),
    ...(spaced.length === 0 ? {} : { spaceDelimitedClaims: spaced }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

/** In Istio `jwks` counts where both are given. */
function readKeys(rule: Located, keyAddresses: Readonly<Record<string, string>>): Pick<JwtRule, 'jwks' | 'jwksUri'> {
  const inline = rule.get('jwks');
  const text = inline.text();
  if (text) {
    rule.get('jwksUri').pointless('the keys stand beside it');
    try {
      return { jwks: JSON.parse(text) as NonNullable<JwtRule['jwks']> };
    } catch {
      inline.refuse('this is no set of keys', '{"keys": [...]} (RFC 7517 section 5)');
      return {};
    }
  }
  const where = rule.get('jwksUri');
  const uri = where.text();
  if (!uri) return {};
  const known = Object.keys(keyAddresses).find((start) => uri.startsWith(start));
  const address = known === undefined ? uri : `${keyAddresses[known]}${uri.slice(known.length)}`;
  if (!address.startsWith('https://'))
    where.refuse('keys are fetched by HTTPS only', 'an https address, or --keys ADDRESS=HTTPS-ADDRESS for this one');
  return { jwksUri: address };
}

function texts(list: Located): string[] {
  return list.items().flatMap((item) => item.text() ?? []);
}

/** Rules of several policies for one document, in Istio's order: by issuer. */
export function byIssuer({ value: one }: ReadIssuer, { value: other }: ReadIssuer): number {
  const [its, others] = [one.issuer ?? '', other.issuer ?? ''];
  return its === others ? 0 : its < others ? -1 : 1;
}
