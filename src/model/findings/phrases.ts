/** Turns of phrase that the words of faults share. */
import { closestName } from '../../core/closest-name.ts';

export type Words = readonly [code: string, message: string, expected: string];

/** The words of a fault, by the values that it holds. */
export type Tell = (...values: string[]) => Words;

/** A text in double quotes, on one line whatever it holds. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** What was most likely meant, and all that there is; `among` stands for a list that is too long. */
export function nearest(name: string, known: readonly string[], among = `one of ${known.join(', ')}`): string {
  const meant = closestName(name, known);
  return meant === undefined ? among : `${meant} (${among})`;
}
