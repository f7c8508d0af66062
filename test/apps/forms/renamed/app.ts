const app: ExportedHandler & { greet(word: string): string } = {
  fetch: () => new Response('renamed'),
  greet: (word) => `hello ${word}`,
};
export { app as default };

/** A named entrypoint that is an object, with fetch and a method that uses `this`. */
export const Handlers = {
  prefix: 'handlers',
  async fetch(this: { prefix: string }) {
    return new Response(`${this.prefix} fetched`);
  },
  say(word: string) {
    return `${this.prefix} ${word}`;
  },
};
