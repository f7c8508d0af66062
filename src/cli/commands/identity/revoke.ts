/** `selvedge identity revoke`: a certificate, an identity or a key that is no longer to be believed. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import { usageFailure } from '../../failure.ts';
import { connectOperator, identityArgs } from '../../identity/find-identity.ts';
import { certificatesOf } from '../../identity/pem.ts';
import { paint, print, printJson } from '../../output.ts';

export const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'Revoke a certificate, all that a SPIFFE id has, or a key' },
  args: {
    cert: { type: 'string', description: 'The certificate in this file', valueHint: 'file' },
    serial: { type: 'string', description: 'The certificate with this serial number', valueHint: 'hex' },
    fingerprint: { type: 'string', description: 'The certificate with this SHA-256', valueHint: 'hex' },
    spiffe: {
      type: 'string',
      description: 'All that this SPIFFE id has; it gets nothing until that is lifted',
      valueHint: 'id',
    },
    key: { type: 'string', description: 'A key of tokens, a root or an intermediate, at once', valueHint: 'id' },
    reason: { type: 'string', description: 'Why, for the audit log', valueHint: 'text' },
    ...identityArgs,
  },
  async run({ args }) {
    const given = [args.cert, args.serial, args.fingerprint, args.spiffe, args.key].filter((one) => one !== undefined);
    if (given.length !== 1)
      throw usageFailure('say what, by one of --cert, --serial, --fingerprint, --spiffe and --key');
    const what =
      args.cert === undefined
        ? { serial: args.serial, fingerprint: args.fingerprint, spiffeId: args.spiffe, key: args.key }
        : { fingerprint: await fingerprintOf(args.cert) };
    const identity = await connectOperator(args);
    const { revoked } = await identity.send<{ revoked: string }>('POST', '/v1/revocations', {
      ...what,
      reason: args.reason,
    });
    if (args.json) return printJson({ revoked });
    print(
      `${paint('bold', revoked)} is revoked; edges heed it when they ask again, within 5 minutes unless the schedule says otherwise.`,
    );
    if (args.spiffe !== undefined) print(`It gets nothing new until \`selvedge identity lift ${args.spiffe}\`.`);
  },
});

async function fingerprintOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw usageFailure(`${path} cannot be read: ${error.message}`);
  });
  const [leaf] = certificatesOf(text);
  if (leaf === undefined) throw usageFailure(`${path} holds no certificate in PEM`);
  try {
    return new X509Certificate(Buffer.from(leaf, 'base64')).fingerprint256;
  } catch {
    throw usageFailure(`the first certificate of ${path} cannot be read`);
  }
}
