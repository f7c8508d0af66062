/** `selvedge identity issue jwt`: a token for one audience. */
import { defineCommand } from 'citty';
import type { Issued } from '../../../identity/authority.ts';
import { connectIdentity, identityArgs } from '../../identity/find-identity.ts';
import { proofArgs, proofOf } from '../../identity/proof-args.ts';
import { print, printJson } from '../../output.ts';

export const issueJwtCommand = defineCommand({
  meta: { name: 'jwt', description: 'Get a JWT-SVID; it is printed, and nothing else' },
  args: {
    audience: {
      type: 'string',
      required: true,
      description: 'For whom the token is: a principal, or the origin of a URL',
      valueHint: 'audience',
    },
    ...proofArgs,
    ...identityArgs,
  },
  async run({ args }) {
    const identity = await connectIdentity(args);
    const { audience, spiffe: spiffeId } = args;
    const proof = await proofOf(args, audience, identity);
    const issued = await identity.send<Issued>('POST', '/v1/svid/jwt', { audience, proof, spiffeId });
    if (args.json) printJson(issued);
    else print(issued.token);
  },
});
