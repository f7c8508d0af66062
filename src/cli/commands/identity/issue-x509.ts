/** `selvedge identity issue x509`: a key pair made here, and a certificate for it. */
import { defineCommand } from 'citty';
import type { IssuedCertificate } from '../../../identity/operators/operator.ts';
import { fromHere } from '../../from-here.ts';
import { connectIdentity, identityArgs } from '../../identity/find-identity.ts';
import { makeKeyRequest, writeCertificate } from '../../identity/key-request.ts';
import { proofArgs, proofOf } from '../../identity/proof-args.ts';
import { openFolder } from '../../open-folder.ts';
import { paint, print, printJson, span } from '../../output.ts';

export const issueX509Command = defineCommand({
  meta: { name: 'x509', description: 'Get an X509-SVID: the key is made here and never sent' },
  args: {
    ...proofArgs,
    out: {
      type: 'string',
      required: true,
      description: 'Folder for svid.pem, svid-key.pem and bundle.pem',
      valueHint: 'folder',
    },
    ttl: { type: 'string', description: 'Life, such as 24h (the default); a week at most', valueHint: 'duration' },
    ...identityArgs,
  },
  async run({ args }) {
    const identity = await connectIdentity(args);
    // Before a proof is used up: what is issued and cannot be written is lost.
    await openFolder(args.out);
    const { privateKey, csr } = await makeKeyRequest();
    const proof = await proofOf(args, csr, identity);
    const wanted = { csr: Buffer.from(csr).toString('base64'), proof, ttl: args.ttl, spiffeId: args.spiffe };
    const issued = await identity.send<IssuedCertificate>('POST', '/v1/svid/x509', wanted);
    const files = await writeCertificate(args.out, issued, privateKey);
    const { spiffeId, certificate } = issued;
    if (args.json) return printJson({ spiffeId, certificate, files });
    print(`${paint('bold', spiffeId)}, serial ${certificate.serial}, for ${span(certificate.notAfterMs - Date.now())}`);
    print(`Chain ${fromHere(files.certificate)}, key ${fromHere(files.key)}, bundle ${fromHere(files.bundle)}`);
  },
});
