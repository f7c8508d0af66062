export default { fetch: (r, e) => e.UP.fetch(r) };
