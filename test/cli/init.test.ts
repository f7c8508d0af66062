/** `selvedge init` and `selvedge graph` in a repository that has every odd thing at once: survived, reported, kept. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InitRequest, initProject } from '../../src/cli/init/init-project.ts';
import { graphOf } from '../../src/cli/init/plan-init.ts';
import { graphMermaid, graphText } from '../../src/cli/init/render-graph.ts';
import { readProject } from '../../src/cli/project.ts';
import { oddRepository, writeRepository } from './odd-repository.ts';
import { selvedge } from './spawn.ts';

const members = ['api', 'both', 'builder', 'built', 'kept', 'mesh', 'nameless', 'side', 'true', 'web', 'wild'];
let folder: string;
beforeAll(async () => {
  folder = await writeRepository(oddRepository);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (root: string, more: Partial<InitRequest> = {}) =>
  initProject({ root, configs: [], exclude: [], dryRun: false, ...more });
const graphAt = async (root: string, environment?: string) =>
  (await graphOf(await readProject({ configs: [], root, environment }), environment)).graph;
const document = (name: string) => readFile(join(folder, 'selvedge', name), 'utf8');

describe('a repository with odd configs', () => {
  test('--dry-run says what would be written and what is left out with its reason, and writes nothing', async () => {
    const { write, project } = await run(folder, { dryRun: true });
    const { leftOut } = project;
    expect(write.map(({ service }) => service ?? '').sort()).toEqual(['', ...members]);
    expect(await readdir(folder)).not.toContain('selvedge');
    expect(leftOut.map(({ path, reason }) => `${reason} ${path.slice(folder.length + 1)}`).sort()).toEqual([
      'pages apps/pages/wrangler.toml',
      'same-name apps/api/wrangler.production.toml',
      'shadowed apps/both/wrangler.toml',
      'unreadable apps/cut/wrangler.toml',
      'unreadable apps/shout/wrangler.toml',
      'unreadable apps/wrong/wrangler.toml',
    ]);
    expect(leftOut.find(({ reason }) => reason === 'same-name')?.text).toContain(
      'apps/api/wrangler.toml into .selvedgeignore',
    );
  });

  test('every Worker gets a document, and a second run changes nothing', async () => {
    await run(folder);
    const files = (await readdir(join(folder, 'selvedge'))).sort();
    expect(files).toEqual(
      [
        'mesh.service.yaml',
        'mesh.yaml',
        ...members.filter((name) => name !== 'mesh').map((name) => `${name}.yaml`),
      ].sort(),
    );
    const before = await Promise.all(files.map(document));
    const { write, kept } = await run(folder);
    expect(write).toEqual([]);
    expect([...kept].sort()).toEqual(members);
    expect(await Promise.all(files.map(document))).toEqual(before);
  });

  test.each([
    {
      name: 'who binds a Worker may call it',
      file: 'api.yaml',
      has: ['principals: [declared]', 'name: local-front'],
      not: ['name: public', 'public:'],
    },
    {
      name: 'routes make it public, their hosts listed once',
      file: 'web.yaml',
      has: ['hosts: [shop.example.com]', 'name: public'],
      not: ['via: worker', 'local-front'],
    },
    {
      name: 'hosts that no list can name stay with the Worker',
      file: 'wild.yaml',
      has: ['via: worker', 'name: public'],
      not: ['hosts: ['],
    },
    {
      name: 'an address on workers.dev that is asked for stays',
      file: 'kept.yaml',
      has: ['via: worker', 'name: public'],
      not: [],
    },
    {
      name: 'one by default stays where nobody binds the Worker',
      file: 'builder.yaml',
      has: ['via: worker', 'name: public'],
      not: [],
    },
    {
      name: 'one by default goes where Workers call it',
      file: 'side.yaml',
      has: ['name: local-front'],
      not: ['public:'],
    },
    {
      name: 'names that YAML would not read as text',
      file: 'true.yaml',
      has: ['service: "true"', 'worker: "true"'],
      not: [],
    },
    { name: 'a service named mesh', file: 'mesh.service.yaml', has: ['service: mesh'], not: [] },
    { name: 'no rule has a path', file: 'api.yaml', has: ['normalization: none'], not: ['paths:'] },
  ])('$file: $name', async ({ file, has, not }) => {
    const text = await document(file);
    for (const part of has) expect(text).toContain(part);
    for (const part of not) expect(text).not.toContain(part);
  });

  test('the graph names every dependency as what it is', async () => {
    const graph = await graphAt(folder);
    const { links, invocations } = graph;
    const told = links.map(
      ({ kind, from, binding, to, inside, meshed }) =>
        `${from} ${binding} ${kind} ${to}${meshed ? ' meshed' : inside ? '' : ' outside'}`,
    );
    expect(told).toEqual([
      'api WEB service web meshed',
      'web ADMIN service api meshed',
      'web API service api meshed',
      'web get service far-away outside',
      'web SELF service web meshed',
      'web odd-name service side meshed',
      'web ROOM durable-object api',
      'web FLOW workflow api',
      'web JOBS queue api',
      'web LOST queue lost outside',
      'web DISPATCH dispatch customers outside',
      'web  tail tailer outside',
    ]);
    expect(invocations.chain).toEqual({ path: ['api', 'web', 'side'], invocations: 6 });
    expect(invocations.cycles).toEqual([['api', 'web']]);
    const text = graphText(graph);
    expect(text).toMatch(/^ {2}ROOM +-> +api +Durable Object Room, passes no edge$/m);
    expect(text).toContain('Worst declared chain: api -> web -> side: 6 of 32 Worker invocations');
    expect(text).toContain('api, web call each other');
    const mermaid = graphMermaid(graph);
    expect(mermaid).toMatch(/^flowchart LR\n {2}n0\["api"\]/);
    expect(mermaid).toMatch(/-\.->\|"ROOM, Durable Object Room"\| n\d+$/m);
  });

  test('the graph of an environment has its names, bindings and routes', async () => {
    const { workers, links } = await graphAt(folder, 'staging');
    const api = workers.find(({ worker }) => worker === 'api');
    expect(api).toMatchObject({ name: 'api-stage', public: { hosts: ['stage.example.com'] } });
    expect(links.filter(({ from }) => from === 'api')).toMatchObject([{ binding: 'FRONT', to: 'web', inside: true }]);
  });

  test('lint names what goes around edges, with its place', async () => {
    const { out, code } = await selvedge(['lint'], folder);
    const findings = out
      .split('\n')
      .flatMap((line) => /^(\S+:\d+:\d+): (\w+ SV\d+)/.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(findings).toEqual([
      // The public comes to web by a rule that `init` has written for it.
      'selvedge/web.yaml:11:3 info SV0153',
      'apps/api/wrangler.toml:5:25 warning SV0117',
      'apps/web/wrangler.jsonc:13:5 warning SV0116',
      'apps/web/wrangler.jsonc:17:17 warning SV0116',
      'apps/web/wrangler.jsonc:18:27 warning SV0118',
    ]);
    expect(code).toBe(0);
  });

  test('edited documents are kept, new Workers get one, Workers that are gone are named', async () => {
    const edited = (await document('api.yaml')).replace('# Every Worker', '# Mine: every Worker');
    await writeFile(join(folder, 'selvedge/api.yaml'), edited);
    await writeFile(
      join(folder, 'apps/web/new.wrangler.toml'),
      (oddRepository['apps/web/side.wrangler.toml'] as string).replace('side', 'new'),
    );
    await rm(join(folder, 'packages/true'), { recursive: true });
    const { write, notes } = await run(folder);
    expect(write.map(({ file }) => file)).toEqual([join(folder, 'selvedge/new.yaml')]);
    expect(notes.join('\n')).toContain('true has a document, but no config describes true any more');
    expect(await document('api.yaml')).toBe(edited);
  });
});

describe('which configs belong to the mesh', () => {
  let second: string;
  const members = async () => {
    const { reads } = await readProject({ configs: [], root: second });
    return reads.map(({ source }) => source.configPath.slice(second.length + 1));
  };
  beforeAll(async () => {
    const {
      'apps/api/wrangler.toml': api,
      'apps/api/wrangler.production.toml': production,
      'apps/web/wrangler.jsonc': web,
    } = oddRepository;
    second = await writeRepository({
      'api/wrangler.toml': api as string,
      'api/wrangler.production.toml': production as string,
      'web/wrangler.jsonc': web as string,
      'examples/one/wrangler.toml': (oddRepository['apps/web/side.wrangler.toml'] as string).replace('side', 'example'),
    });
  });
  afterAll(() => rm(second, { recursive: true, force: true }));

  test('--exclude leaves out for good', async () => {
    await run(second, { exclude: ['examples/'] });
    expect(await readFile(join(second, '.selvedgeignore'), 'utf8')).toMatch(/\nexamples\/\n$/);
    expect(await members()).toEqual(['api/wrangler.toml', 'web/wrangler.jsonc']);
  });

  test('configs that init is told are the mesh from then on', async () => {
    const told = ['api/wrangler.production.toml', 'web/wrangler.jsonc'];
    const { excluded } = await run(second, { configs: told.map((path) => join(second, path)) });
    expect(excluded).toEqual(['/api/wrangler.toml']);
    expect(await members()).toEqual(told);
  });

  test('without any config it says so', async () => {
    await rm(join(second, 'web'), { recursive: true });
    await rm(join(second, 'api'), { recursive: true });
    const failure = readProject({ configs: [], root: second });
    await expect(failure).rejects.toThrow('no wrangler config of a Worker was found');
    await expect(failure).rejects.toThrow('.selvedgeignore leaves out 1');
  });
});
