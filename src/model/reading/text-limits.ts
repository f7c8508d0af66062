/** Bounds of a document's text, against hostile input. */

/** Documents above this many UTF-16 code units are refused unread. */
export const maxTextLength = 8_388_608;
/** Lists and objects nested deeper are refused; the schema needs a dozen. */
export const maxDepth = 32;
/** Values in one document. */
export const maxNodes = 400_000;

/** More findings than this help nobody, and would cost time and memory by the million. */
export const maxProblems = 200;

/** Names that would reach an object's prototype. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
