/** `selvedge identity attest remove`: a claim rule that proves nothing any more. */
import { defineCommand } from 'citty';
import { CliFailure, exitCode } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { print, printJson } from '../../output.ts';

export const attestRemoveCommand = defineCommand({
  meta: { name: 'remove', description: 'Remove a claim rule' },
  args: { id: { type: 'positional', required: true, description: 'The rule, as `list` names it' }, ...identityArgs },
  async run({ args }) {
    const path = `/v1/attestation?id=${encodeURIComponent(args.id)}`;
    const { removed } = await (await connectOperator(args)).send<{ removed: boolean }>('DELETE', path);
    if (!removed)
      throw new CliFailure(
        'not_found',
        `there is no rule ${args.id}; see \`selvedge identity attest list\``,
        exitCode.findings,
      );
    if (args.json) printJson({ removed });
    else print(`Rule ${args.id} is removed.`);
  },
});
