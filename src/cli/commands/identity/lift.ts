/** `selvedge identity lift`: a revoked SPIFFE id may get certificates and tokens again. */
import { defineCommand } from 'citty';
import { CliFailure, exitCode } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { print, printJson } from '../../output.ts';

export const liftCommand = defineCommand({
  meta: { name: 'lift', description: 'Let a revoked SPIFFE id get certificates again; the old ones stay revoked' },
  args: { spiffe: { type: 'positional', required: true, description: 'The SPIFFE id' }, ...identityArgs },
  async run({ args }) {
    const path = `/v1/revocations?spiffeId=${encodeURIComponent(args.spiffe)}`;
    const { lifted } = await (await connectOperator(args)).send<{ lifted: boolean }>('DELETE', path);
    if (!lifted) throw new CliFailure('not_revoked', `${args.spiffe} is not revoked`, exitCode.findings);
    if (args.json) printJson({ lifted });
    else print(`${args.spiffe} may get certificates and tokens again.`);
  },
});
