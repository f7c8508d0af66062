let made = 0;

export default Object.freeze({
  get fetch() {
    made++;
    return async () => new Response(`getters ${made > 0}`);
  },
  get say() {
    return (word) => `say ${word}`;
  },
});
