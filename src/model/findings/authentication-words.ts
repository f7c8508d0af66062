/** What is wrong with an authentication section. */
import { malformed } from './issue.ts';
import type { Tell } from './phrases.ts';

export const authenticationWords = {
  secretKey: () => [
    malformed.badValue,
    'a symmetric key, by which whoever verifies could sign too',
    'public keys of RSA, EC or OKP',
  ],
  privateKey: () => [
    malformed.badValue,
    'a private key, which belongs to its issuer alone',
    'the public members of the key',
  ],
  undiscoverable: () => [
    malformed.inconsistent,
    'the issuer is no URL that leads to its metadata, and no keys are named',
    'jwksUri or jwks; or an https URL of a public host as the issuer',
  ],
  keyTimeout: () => [
    malformed.badValue,
    'a wait for keys that is none, or longer than any call should take',
    'a duration from 1ms to 30s',
  ],
  tokenPrefix: () => [
    malformed.badValue,
    'no header value begins with a space',
    'what stands before the token, such as "Bearer "',
  ],
  samePlace: () => [malformed.duplicate, 'the rule looks there already', 'each place once'],
  outputHeader: () => [
    malformed.badValue,
    'a header that nobody but the platform or the mesh may write',
    'a header of your own',
  ],
  sameOutput: () => [malformed.duplicate, 'another output of the rule has the same header', 'a header of its own'],
} as const satisfies Record<string, Tell>;
