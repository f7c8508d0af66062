import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/core/encoding/base64.ts';
import { fromBase64Url, toBase64Url } from '../../../src/core/encoding/base64url.ts';

describe('base64url', () => {
  it('is what Node says it is, and reads back to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64Url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64url'));
        expect(fromBase64Url(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each(['a', 'ab+c', 'ab/c', 'ab==', 'a b', 'ä'])('%j is none', (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});

describe('base64', () => {
  it('is what Node says it is, and reads back to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).toEqual(new Uint8Array(bytes));
      }),
    );
  });

  it.each(['a', 'ab-c', 'ab_c', '=', 'ä'])('%j is none', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });

  it.each(['aGk=', 'aGk', ' aG k=\n'])('%j is let pass', (text) => {
    expect(fromBase64(text)).toEqual(new TextEncoder().encode('hi'));
  });
});
