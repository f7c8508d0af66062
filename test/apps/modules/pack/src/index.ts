import add from './add.wasm';
import bytes from './bytes.bin';
import note from './note.md';
import other from './other.wasm?module';
import home from './pages/home (old) [1].html';
import query from './query.sql';

const sum = async (module: WebAssembly.Module, a: number, b: number) => {
  const { exports } = await WebAssembly.instantiate(module);
  return (exports.add as (a: number, b: number) => number)(a, b);
};

function fail(): never {
  throw new Error('on purpose');
}

export default {
  async fetch(request: Request, env: { SITE: Fetcher }): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/wasm') return Response.json([await sum(add, 2, 3), await sum(other, 4, 5)]);
    if (url.pathname === '/data') return Response.json([...new Uint8Array(bytes)]);
    if (url.pathname === '/text') return Response.json([note, home, query]);
    if (url.pathname === '/plugin') {
      // The bundler cannot see which one: every module that a rule names is uploaded.
      const { work } = await import(`./plugins/${url.searchParams.get('name')}.js`);
      return Response.json(work(6, 7));
    }
    if (url.pathname === '/fail') {
      try {
        fail();
      } catch (error) {
        return new Response((error as Error).message);
      }
    }
    return env.SITE.fetch(request);
  },
};
