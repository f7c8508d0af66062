/** Somebody whom control knows. */
import type { Role } from './role.ts';

export interface Operator {
  /** `token` for the generated one; `ISSUER/SUBJECT` of a JWT; the mail address or the service token's name that Cloudflare Access vouches for. */
  readonly principal: string;
  readonly role: Role;
  /** How he was known. */
  readonly by: 'token' | 'jwt' | 'access' | 'session';
}
