/**
 * Tokens that must not be believed. Each is shown at the public door of a service that trusts one issuer, whose keys stand in its document.
 */
import type { TokenRow } from './forge.ts';
import { claimRows } from './token-claim-rows.ts';
import { formRows } from './token-form-rows.ts';
import { placeRows } from './token-place-rows.ts';
import { signatureRows } from './token-signature-rows.ts';
import { svidRows } from './token-svid-rows.ts';

export const tokenRows: readonly TokenRow[] = [...signatureRows, ...claimRows, ...formRows, ...placeRows, ...svidRows];
