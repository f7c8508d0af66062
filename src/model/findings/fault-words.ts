/** The words of faults that an edge knows by name alone. Not for edges. */
import type { Fault } from './fault.ts';
import type { Problem } from './issue.ts';

const words: Readonly<Record<Fault, readonly [message: string, expected: string]>> = {
  secretKey: ['a symmetric key, by which whoever verifies could sign too', 'public keys of RSA, EC or OKP'],
  privateKey: ['a private key, which belongs to its issuer alone', 'the public members of the key'],
  undiscoverable: [
    'the issuer is no URL that leads to its metadata, and no keys are named',
    'jwksUri or jwks; or an https URL of a public host as the issuer',
  ],
  keyTimeout: ['a wait for keys that is none, or longer than any call should take', 'a duration from 1ms to 30s'],
  tokenPrefix: ['no header value begins with a space', 'what stands before the token, such as "Bearer "'],
  samePlace: ['the rule looks there already', 'each place once'],
  outputHeader: ['a header that nobody but the platform or the mesh may write', 'a header of your own'],
  sameOutput: ['another output of the rule has the same header', 'a header of its own'],
  claimName: ['the text names no claim', 'sub, realm.role for a nested claim, or [a.b] for a name with dots'],
};

/** The problem with its words, where it was found by name. */
export function inWords(problem: Problem): Problem {
  const { fault, ...told } = problem;
  if (fault === undefined) return problem;
  const [message, expected] = words[fault];
  return { ...told, message, expected };
}
