/** What the code of each Worker takes for its bindings is what wrangler says that its config gives. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the generated types are what wrangler says now (npm run types:generate writes them)', {
  timeout: 180_000,
}, async () => {
  const program = ['--import', 'tsx', 'scripts/generate-types.ts', '--check'];
  const { stderr } = await promisify(execFile)(process.execPath, program, { cwd: root });
  expect(stderr).toBe('');
});

/** What wrangler would say of a config with a mistake in it; the complaint is in `index.ts` unless said. */
const mistakes = [
  { worker: 'edge', name: 'another name of a binding', from: /REGISTRY: KV/, to: 'REGISTRI: KV' },
  { worker: 'edge', name: 'no binding to identity', from: /IDENTITY: .*/, to: '' },
  { worker: 'edge', name: 'another door of identity', from: /(identity\/index"\))\.Identity/, to: '$1.Operator' },
  {
    worker: 'edge',
    name: 'a Durable Object of another class',
    from: /telemetry.*TelemetryShard/,
    to: 'identity/index").KeyAuthority',
  },
  { worker: 'edge', name: 'an upstream without its binding', from: /"binding":"UPSTREAM_1",/, to: '' },
  { worker: 'edge', name: 'a list that is a text', from: /SERVICES: \["payment"\]/, to: 'SERVICES: "payment"' },
  { worker: 'control', name: 'another name of a var that has a default', from: /HOSTS/, to: 'HOST' },
  {
    worker: 'control',
    name: 'a topology of another shape',
    from: /\{"services":\{\}\}/,
    to: '{"services":{"pay":["orders"]}}',
  },
  { worker: 'identity', name: 'another name of a time', from: /"skewMs"/, to: '"skew"' },
  { worker: 'identity', name: 'another name of the Durable Objects', from: /KEY_AUTHORITY/, to: 'KEYS' },
  { worker: 'telemetry', name: 'another name of a var', from: /MAX_CALLS/, to: 'MAXIMUM' },
  { worker: 'telemetry', name: 'a number that is a text', from: /200000/, to: '"many"' },
  { worker: 'demo/orders', name: 'a service of another surface', from: /shipping\/index/, to: 'inventory/index' },
  {
    worker: 'demo/inventory',
    name: 'a class that nobody exports',
    from: /\.Stock\b/,
    to: '.Stocks',
    file: 'bindings.ts',
  },
];

describe('a program that takes what wrangler does not give does not compile', () => {
  const { config } = ts.readConfigFile(`${root}tsconfig.workers.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const workers = [...new Set(mistakes.map(({ worker }) => worker))];
  let sound: ts.Program;

  /** Compiles the Workers, one file of them as told; takes over from the sound program what is the same. */
  function compile(path?: string, text?: string): ts.Program {
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, ...rest) => {
      if (name === path && text !== undefined) return ts.createSourceFile(name, text, ts.ScriptTarget.ES2023);
      return sound?.getSourceFile(name) ?? getSourceFile(name, ...rest);
    };
    const files = [`${root}worker-configuration.d.ts`, ...workers.map((worker) => `${root}workers/${worker}/index.ts`)];
    return ts.createProgram(files, options, host, sound);
  }

  const errorsIn = (program: ts.Program, path: string) => program.getSemanticDiagnostics(program.getSourceFile(path));

  beforeAll(() => {
    sound = compile();
  });

  test.each(workers)('%s compiles as it is', (worker) => {
    expect(errorsIn(sound, `${root}workers/${worker}/index.ts`)).toEqual([]);
    expect(errorsIn(sound, `${root}workers/${worker}/bindings.ts`)).toEqual([]);
  });

  test.each(mistakes)('$worker: $name', ({ worker, from, to, file = 'index.ts' }) => {
    const path = `${root}workers/${worker}/bindings.ts`;
    const text = sound.getSourceFile(path)?.text ?? '';
    const broken = text.replace(from, to);
    expect(broken).not.toBe(text);
    expect(errorsIn(compile(path, broken), `${root}workers/${worker}/${file}`)).not.toEqual([]);
  });
});
