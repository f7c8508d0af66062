/** What a bearer token came to. */
import type { JwtRule } from '../../model/authentication-rules.ts';
import type { Claims, Invalid } from './jwt.ts';

/** A service: of this mesh, or of a trust domain that it federates with. */
export interface PeerVerdict {
  readonly kind: 'principal';
  readonly principal: string;
  readonly byToken: true;
}

/** A subject of an issuer that a rule names. */
export interface UserVerdict {
  readonly kind: 'user';
  readonly rule: JwtRule;
  /** `<issuer>/<subject>`; `null` for a token without subject. */
  readonly requestPrincipal: string | null;
  /** As matchers see them: claims that are lists of words are lists. */
  readonly claims: Claims;
  /** Headers that tell the callee of the token, by the rule's outputs. */
  readonly told: readonly (readonly [name: string, value: string])[];
}

/** A token that says it is of a trust domain with which the mesh has nothing to do. */
export interface Unclaimed {
  readonly kind: 'unclaimed';
}

export type BearerVerdict = PeerVerdict | UserVerdict | Unclaimed | Invalid;
