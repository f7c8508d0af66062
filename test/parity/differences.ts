/** Every known difference between the app bare and meshed, by rule. The suite fails where one vanishes or is another than here. */
import type { Difference } from './row.ts';

export const differences: Readonly<Record<string, Difference>> = {};
