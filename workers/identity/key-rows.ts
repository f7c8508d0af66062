import type { SigningKey } from '../../src/identity/keys/signing-keys.ts';

/** A key of a ring as two columns: its state, and the instant that goes with the state. */
export function toKeyRow(key: SigningKey): [state: string, atMs: number] {
  switch (key.state) {
    case 'next':
      return [key.state, key.publishedAtMs];
    case 'active':
      return [key.state, key.rotateAtMs];
    case 'retiring':
      return [key.state, key.goneAtMs];
  }
}

/** The key that the columns mean; throws for a state that no version of this code has written. */
export function fromKeyRow({ kid, state, at_ms: atMs }: { kid: string; state: string; at_ms: number }): SigningKey {
  switch (state) {
    case 'next':
      return { kid, state, publishedAtMs: atMs };
    case 'active':
      return { kid, state, rotateAtMs: atMs };
    case 'retiring':
      return { kid, state, goneAtMs: atMs };
    default:
      throw new Error(`Key ${kid} has the unknown state ${state}.`);
  }
}
