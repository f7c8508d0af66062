/** The words of what rules find, by its name. Not for edges. */
import { accessWords } from './access-words.ts';
import { authenticationWords } from './authentication-words.ts';
import { documentWords } from './document-words.ts';
import type { Fault } from './fault.ts';
import type { Problem } from './issue.ts';
import type { Tell } from './phrases.ts';

const words = { ...documentWords, ...authenticationWords, ...accessWords };

export type FaultName = keyof typeof words;

/** The fault as people read it. */
export function inWords({ path, name, values }: Fault): Problem {
  const tell: Tell = words[name];
  const [code, message, expected] = tell(...values);
  return { path, code, message, expected, severity: 'error' };
}
