/** `selvedge identity attest list`: the rules by which platforms' tokens prove identities. */
import { defineCommand } from 'citty';
import type { ClaimRule } from '../../../identity/proofs/claim-rule.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { print, printJson, table } from '../../output.ts';

export const attestListCommand = defineCommand({
  meta: { name: 'list', description: 'List the claim rules, in the order in which they are tried' },
  args: identityArgs,
  async run({ args }) {
    const { rules } = await (await connectOperator(args)).get<{ rules: ClaimRule[] }>('/v1/attestation');
    if (args.json) return printJson({ rules });
    if (rules.length === 0) return print('There is no claim rule.');
    const rows = rules.map(({ id, spiffeId, issuer, audience, claims }) => {
      const wanted = Object.entries(claims).map(([name, value]) => `${name}=${value}`);
      return [id, spiffeId, issuer, audience, wanted.join(' ')];
    });
    print(table(['RULE', 'BECOMES', 'ISSUER', 'AUDIENCE', 'CLAIMS'], rows));
  },
});
