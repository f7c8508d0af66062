/** Where in a file the fields of its documents stand, for findings that are made of documents and not of texts. */
import { pathKeys } from '../findings/issue.ts';
import { treesOf } from './parse.ts';
import { offsetOf, positionOf } from './tree.ts';

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** The place of a path such as `access.rules[0]`; of its deepest part that is there where the rest is missing. */
export type PlaceOf = (path: string) => Place;

/** For each document of a file that `parseFile` reads, in the same order. */
export function documentPlaces(text: string, file: string): readonly PlaceOf[] {
  return treesOf(text, { file }).map((parsed) => (path) => {
    const offset = parsed.ok ? offsetOf(parsed.tree, pathKeys(path), false) : parsed.at;
    return positionOf(text, offset);
  });
}
