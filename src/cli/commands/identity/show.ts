/** `selvedge identity show`: the keys of the mesh, or what a certificate says. */
import { readFile } from 'node:fs/promises';
import { defineCommand } from 'citty';
import type { CertificateFacts } from '../../../identity/authority.ts';
import { certificateFacts, parseCertificate } from '../../../identity/ca/parsed-certificate.ts';
import type { SpiffeBundle } from '../../../identity/ca/spiffe-bundle.ts';
import type { KeyStates } from '../../../identity/operators/operator.ts';
import { usageFailure } from '../../failure.ts';
import { connectIdentity, identityArgs } from '../../identity/find-identity.ts';
import { certificatesOf } from '../../identity/pem.ts';
import { paint, print, printJson, span, table } from '../../output.ts';

export const showCommand = defineCommand({
  meta: { name: 'show', description: 'Show the keys and authorities of the mesh, or what a certificate says' },
  args: {
    cert: { type: 'string', description: 'A file with certificates in PEM, read here', valueHint: 'file' },
    ...identityArgs,
  },
  async run({ args }) {
    if (args.cert !== undefined) return showCertificates(args.cert, args.json);
    const identity = await connectIdentity(args);
    if (identity.isOperator) {
      const states = await identity.get<KeyStates>('/v1/keys');
      if (args.json) printJson(states);
      else printStates(states);
      return;
    }
    const bundle = await identity.get<SpiffeBundle>('/v1/bundle');
    if (args.json) return printJson(bundle);
    print(`The bundle, sequence ${bundle.spiffe_sequence}. An operator's --token shows more.`);
    print(
      table(
        ['USE', 'KEY'],
        bundle.keys.map(({ use, kid, x5c }) => [use, kid ?? `${x5c?.[0]?.slice(0, 40)}...`]),
      ),
    );
  },
});

async function showCertificates(path: string, json: boolean | undefined): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw usageFailure(`${path} cannot be read: ${error.message}`);
  });
  const facts: CertificateFacts[] = [];
  for (const der of certificatesOf(text)) {
    const parsed = await parseCertificate(Buffer.from(der, 'base64')).catch(() => {
      throw usageFailure(`${path} holds a certificate that is no strict DER of X.509 version 3`);
    });
    facts.push(certificateFacts(parsed));
  }
  if (facts.length === 0) throw usageFailure(`${path} holds no certificate in PEM`);
  if (json) return printJson({ certificates: facts });
  print(facts.map(describe).join('\n\n'));
}

function describe(facts: CertificateFacts): string {
  return [
    paint('bold', facts.uris.join(', ') || facts.subject),
    `  subject      ${facts.subject}`,
    `  issuer       ${facts.issuer}`,
    `  serial       ${facts.serial}`,
    `  fingerprint  ${facts.fingerprint}`,
    ...(facts.dnsNames.length > 0 ? [`  hosts        ${facts.dnsNames.join(', ')}`] : []),
    `  valid        ${new Date(facts.notBeforeMs).toISOString()} to ${new Date(facts.notAfterMs).toISOString()}, ${left(facts.notAfterMs)}`,
  ].join('\n');
}

function printStates({ keys, roots, intermediates }: KeyStates): void {
  const rows = [
    ...keys.map((key) => ['jwt', key.kid, key.state, tokenKeyWords(key)]),
    ...roots.map(({ kid, state, certificate }) => ['root', kid, state, left(certificate.notAfterMs)]),
    ...intermediates.map(({ kid, state, certificate }) => ['intermediate', kid, state, left(certificate.notAfterMs)]),
  ];
  print(table(['KEY', 'ID', 'STATE', ''], rows));
}

function tokenKeyWords(key: KeyStates['keys'][number]): string {
  switch (key.state) {
    case 'next':
      return `published ${span(Date.now() - key.publishedAtMs)} ago`;
    case 'active':
      return key.rotateAtMs <= Date.now() ? 'rotates soon' : `signs for ${span(key.rotateAtMs - Date.now())} more`;
    case 'retiring':
      return `gone in ${span(Math.max(0, key.goneAtMs - Date.now()))}`;
  }
}

function left(endMs: number): string {
  const ms = endMs - Date.now();
  return ms > 0 ? `valid for ${span(ms)} more` : `expired ${span(-ms)} ago`;
}
