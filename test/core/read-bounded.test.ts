import { expect, it } from 'vitest';
import { readBounded, readBoundedText } from '../../src/core/read-bounded.ts';

/** Pieces that are sent one by one; `cancelled` says whether the reader went away before the end. */
function stream(...pieces: readonly Uint8Array[]) {
  const said = { cancelled: false };
  const left = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel: () => {
      said.cancelled = true;
    },
  });
  return { body, said };
}

it('as many bytes as are let pass are read, from however many pieces', async () => {
  const { body, said } = stream(Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3));
  expect(await readBounded(body, 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(said.cancelled).toBe(false);
});

it('one byte more is too many, and the rest is not read', async () => {
  const { body, said } = stream(Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(5));
  expect(await readBounded(body, 3)).toBeUndefined();
  expect(said.cancelled).toBe(true);
});

it('text is whole where a letter was cut between pieces, and no body is the empty text', async () => {
  const bytes = new TextEncoder().encode('grün');
  expect(await readBoundedText(stream(bytes.slice(0, 3), bytes.slice(3)).body, 9)).toBe('grün');
  expect(await readBoundedText(stream(bytes).body, 2)).toBeUndefined();
  expect(await readBoundedText(null, 0)).toBe('');
});
