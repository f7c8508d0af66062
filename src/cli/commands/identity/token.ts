/** `selvedge identity token create`: a secret that proves one identity, once. */
import { defineCommand } from 'citty';
import type { JoinToken } from '../../../identity/operators/operator.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { proofArgs, whomOf } from '../../identity/proof-args.ts';
import { paint, print, printError, printJson, span } from '../../output.ts';
import { repeated } from '../../run-command.ts';

export const createTokenCommand = defineCommand({
  meta: { name: 'create', description: 'Make a join token for a service; it is printed, and shown only here' },
  args: {
    service: proofArgs.service,
    spiffe: proofArgs.spiffe,
    ttl: {
      type: 'string',
      description: 'How long it waits for its use: 10m unless said, 24h at most',
      valueHint: 'duration',
    },
    dns: { type: 'string', description: 'A host name for the certificate; may be repeated', valueHint: 'host' },
    'certificate-ttl': { type: 'string', description: 'Longest life of what is issued for it', valueHint: 'duration' },
    ...identityArgs,
  },
  async run({ args, rawArgs }) {
    const wanted = {
      ...whomOf(args),
      ttl: args.ttl,
      dnsNames: repeated(rawArgs, 'dns'),
      certificateTtl: args['certificate-ttl'],
    };
    const made = await (await connectOperator(args)).send<JoinToken>('POST', '/v1/tokens', wanted);
    if (args.json) return printJson(made);
    // The token alone on standard output, so that a script can take it.
    printError(
      `${paint('bold', made.spiffeId)}, once, within ${span(made.expiresAtMs - Date.now())}; token ${made.id} in the audit log`,
    );
    print(made.token);
  },
});
