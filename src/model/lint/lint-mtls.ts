/** What is doubtful about client certificates. */
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';

/** Other ways to write a subject, both of which OpenSSL prints: `/O=Example/CN=partner`, and `O = Example, CN = partner`. */
const foreignSubject = /^\/?[\w.]+ = |^\/[\w.]+=/;

const at = ['authentication', 'mtls'] as const;

/** Findings about `authentication.mtls`. */
export function lintMtls({ authentication, public: said = {} }: ServiceDocument, warn: Warn): void {
  const { mtls } = authentication ?? {};
  if (mtls === undefined) return;
  if ((said.hosts ?? []).length === 0 && (said.listeners ?? []).length === 0)
    warn(
      lintCode.mtlsWithoutHost,
      at,
      'client certificates are shown on the public door only, and this service has no public host',
      'public.hosts; callers inside the mesh are known by their bindings',
    );
  const seen = new Set<string>();
  mtls.certificates?.forEach(({ fingerprint, subject }, index) => {
    const here = [...at, 'certificates', index];
    if (mtls.trust === 'mesh' && subject !== undefined)
      warn(
        lintCode.subjectOfMesh,
        [...here, 'subject'],
        'every authority of the mesh and of the trust domains that it federates with can issue this subject, and those that the mesh issues share one',
        'fingerprint, or no rule: the SPIFFE id in the certificate is the principal',
      );
    if (subject !== undefined && foreignSubject.test(subject))
      warn(
        lintCode.subjectForm,
        [...here, 'subject'],
        'subjects are compared as texts in the form of RFC 2253, which this is not, so the rule fits no certificate',
        'CN=partner,O=Example, as `openssl x509 -noout -subject -nameopt RFC2253` prints it',
      );
    const key = subject ?? fingerprint?.replaceAll(':', '').toLowerCase() ?? '';
    if (seen.has(key))
      warn(lintCode.certificateTaken, here, 'an earlier rule names the same certificate, and takes it', 'one rule');
    seen.add(key);
  });
}
