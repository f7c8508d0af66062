/** What an edge makes of a call when the token of its end user holds: what `identify` does on the data path, without a token to verify. */
import { toBase64Url } from '../core/encoding/base64url.ts';
import { outputHeaders, withWords } from '../core/tokens/claim-output.ts';
import { clientCertHeader } from '../core/wire.ts';
import type { JwtRule } from '../model/authentication-rules.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { seenByCallee } from '../proxy/user-call.ts';

/**
 * The call with the claims as matchers read them, with the headers in which its edge tells of them, and without what callers themselves
 * wrote under these names.
 */
export function toldUser(call: Call, { userTokens, mtls }: Snapshot): Call {
  const { claims } = call;
  const rule = claims === null ? undefined : userRule(userTokens?.rules ?? [], claims.iss);
  const seen = seenByCallee(call, {
    hidden: [],
    outputHeaders: [...(userTokens?.outputHeaders ?? []), ...(mtls === undefined ? [] : [clientCertHeader])],
    told: claims === null || rule === undefined ? [] : outputHeaders(rule, claims, payloadOf(claims)),
  });
  const read =
    claims === null || rule === undefined
      ? claims
      : withWords(claims, [['scope'], ['permission'], ...(rule.wordClaims ?? [])]);
  const { header, requestHeaders, query, url, target } = seen;
  return { ...call, claims: read, header, requestHeaders, query, url, target };
}

/** The rule whose token this is: that of its issuer, else the one about every other issuer. Claims that name no issuer are of the first rule. */
export function userRule(rules: readonly JwtRule[], issuer: unknown): JwtRule | undefined {
  if (issuer === undefined) return rules[0];
  return rules.find((rule) => rule.issuer === issuer) ?? rules.find((rule) => rule.issuer === undefined);
}

function payloadOf(claims: Readonly<Record<string, unknown>>): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify(claims)));
}
