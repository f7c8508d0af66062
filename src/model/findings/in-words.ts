import type { Fault } from './fault.ts';
import { faultWords } from './fault-words.ts';
import type { Problem } from './issue.ts';
import type { Tell } from './phrases.ts';

/** The fault as people read it. Not for edges. */
export function inWords({ path, name, values }: Fault): Problem {
  const tell: Tell = faultWords[name];
  const [code, message, expected] = tell(...values);
  return { path, code, message, expected, severity: 'error' };
}
