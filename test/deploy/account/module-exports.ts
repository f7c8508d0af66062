/** What an uploaded Worker exports, found as workerd would: by following its modules' imports among the uploaded ones. */
import { posix } from 'node:path';
import { loadEsbuild } from '../../../src/derive/code/esbuild.ts';
import { badRequest } from './api-failure.ts';
import type { Upload } from './upload.ts';

const moduleType = 'application/javascript+module';

interface ResolveArgs {
  readonly path: string;
  readonly importer: string;
  readonly kind: string;
}

interface Build {
  onResolve(options: { filter: RegExp }, found: (args: ResolveArgs) => object): void;
  onLoad(options: { filter: RegExp; namespace: string }, load: (args: { readonly path: string }) => object): void;
}

/** Undefined where the exports cannot be known; a failure where the code does not parse or imports what was not uploaded. */
export async function findExports({ metadata, modules }: Upload): Promise<readonly string[] | undefined> {
  const main = modules.find(({ name }) => name === metadata.main_module);
  if (main?.type !== moduleType) return undefined;
  const byName = new Map(modules.map((module) => [posix.normalize(module.name), module]));
  const plugin = {
    name: 'uploaded-modules',
    setup(build: Build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return { path, namespace: 'uploaded' };
        const relative = path.startsWith('.') || path.startsWith('/');
        const name = relative ? posix.join(path.startsWith('/') ? '' : posix.dirname(importer), path) : path;
        if (byName.has(name)) return { path: name, namespace: 'uploaded' };
        if (relative && kind !== 'dynamic-import') return { errors: [{ text: `No such module "${name}".` }] };
        return { path, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: 'uploaded' }, ({ path }) => {
        const module = byName.get(path);
        const code = module?.type === moduleType ? module.contents.toString() : 'export default undefined;';
        return { contents: code, loader: 'js' };
      });
    },
  };
  try {
    const { metafile } = await loadEsbuild().build({
      entryPoints: [posix.normalize(main.name)],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: 'esnext',
      logLevel: 'silent',
      plugins: [plugin],
    });
    return Object.values(metafile.outputs).flatMap((output) => output.exports);
  } catch (error) {
    const [first] = (error as { errors?: { text: string }[] }).errors ?? [];
    throw badRequest(`Uncaught ${first?.text ?? String(error)}`);
  }
}
