/** Tables among Istio's security cases: each row is judged by the function of ours that does the same, or sent through an edge. */
import { claimListRows } from './rows/claim-list-rows.ts';
import { normalizationRows } from './rows/normalization-rows.ts';
import { claimKeyRows, invalidTemplateRows, matcherRows } from './rows/pattern-rows.ts';
import { peerAuthenticationRows } from './rows/peer-authentication-rows.ts';
import type { RowPlan } from './rows/row-plan.ts';
import { trustDomainRows } from './rows/trust-domain-rows.ts';

/** By suite and file. */
export const ruleRows: Readonly<Record<'istioAuthz' | 'istioJwt', Readonly<Record<string, RowPlan>>>> = {
  istioAuthz: {
    'path-normalization-modes.json': normalizationRows,
    'path-template-invalid.json': invalidTemplateRows,
    'peer-authentication-merge.json': peerAuthenticationRows,
    'unit-claim-key-parsing.json': claimKeyRows,
    'unit-string-matchers.json': matcherRows,
    'unit-trust-domain-aliases.json': trustDomainRows,
  },
  istioJwt: { 'space-delimited-claims.json': claimListRows },
};
