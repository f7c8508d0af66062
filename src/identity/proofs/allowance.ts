/** What a proof allows whoever shows it: one identity, and what may stand beside it in a certificate. */
export interface Allowance {
  readonly spiffeId: string;
  /** Host names for the certificate; none unless an operator, or the certificate that is renewed, names them. */
  readonly dnsNames: readonly string[];
  /** The longest life of what is issued; `undefined` where the schedule alone decides. */
  readonly mostTtlMs: number | undefined;
}
