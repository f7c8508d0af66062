/** The words of what rules find, by its name. Not for edges. */
import { accessWords } from './access-words.ts';
import { authenticationWords } from './authentication-words.ts';
import { documentWords } from './document-words.ts';

export const faultWords = { ...documentWords, ...authenticationWords, ...accessWords };

export type FaultName = keyof typeof faultWords;
