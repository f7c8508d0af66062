/** `selvedge identity attest add`: which tokens of a platform prove which identity. */
import { defineCommand } from 'citty';
import { usageFailure } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { proofArgs, whomOf } from '../../identity/proof-args.ts';
import { paint, print, printJson } from '../../output.ts';
import { repeated } from '../../run-command.ts';

export const attestAddCommand = defineCommand({
  meta: { name: 'add', description: "Let a platform's tokens with certain claims prove an identity" },
  args: {
    issuer: { type: 'string', required: true, description: 'The issuer of the tokens', valueHint: 'url' },
    audience: { type: 'string', required: true, description: 'Their audience', valueHint: 'audience' },
    claim: {
      type: 'string',
      description: 'NAME=VALUE; * in the value stands for any text; may be repeated',
      valueHint: 'name=value',
    },
    'jwks-uri': { type: 'string', description: 'Where the keys are, if the issuer has no discovery', valueHint: 'url' },
    service: proofArgs.service,
    spiffe: proofArgs.spiffe,
    dns: { type: 'string', description: 'A host name for the certificate; may be repeated', valueHint: 'host' },
    ttl: { type: 'string', description: 'Longest life of what is issued', valueHint: 'duration' },
    ...identityArgs,
  },
  async run({ args, rawArgs }) {
    const wanted = {
      ...whomOf(args),
      issuer: args.issuer,
      audience: args.audience,
      claims: claimsOf(repeated(rawArgs, 'claim')),
      jwksUri: args['jwks-uri'],
      dnsNames: repeated(rawArgs, 'dns'),
      ttl: args.ttl,
    };
    const { id } = await (await connectOperator(args)).send<{ id: string }>('POST', '/v1/attestation', wanted);
    if (args.json) printJson({ id });
    else
      print(
        `Rule ${paint('bold', id)}: tokens of ${args.issuer} with these claims prove ${args.service ?? args.spiffe}.`,
      );
  },
});

function claimsOf(pairs: readonly string[]): Record<string, string> {
  const claims: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, value] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) throw usageFailure(`"${pair}" is no claim; write NAME=VALUE`);
    if (Object.hasOwn(claims, name)) throw usageFailure(`the claim "${name}" is named twice`);
    claims[name] = value;
  }
  if (pairs.length === 0)
    throw usageFailure('name a claim by --claim NAME=VALUE: the issuer signs tokens for others too');
  return claims;
}
