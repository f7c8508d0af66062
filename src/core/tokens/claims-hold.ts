/** Whether the claims of a token say what somebody wants of them. */
import { claimAt, claimPath, claimTexts } from './claim.ts';

/** Claims by name, nested ones as `claimPath` has them: each the text, or one of the texts, that is wanted. */
export type WantedClaims = Readonly<Record<string, string | readonly string[]>>;

/**
 * Whether each claim, or an item of its list, is a wanted text, as `fits` compares them. A name that names no claim never holds; of
 * nothing wanted everything holds, so who must not let everybody in looks first. The claims have to be verified ones.
 */
export function claimsHold(
  claims: Readonly<Record<string, unknown>>,
  wanted: WantedClaims,
  fits: (said: string, wanted: string) => boolean,
): boolean {
  return Object.entries(wanted).every(([name, texts]) => {
    const path = claimPath(name);
    const said = path === undefined ? [] : claimTexts(claimAt(claims, path));
    return [texts].flat().some((text) => said.some((one) => fits(one, text)));
  });
}
