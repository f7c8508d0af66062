/** `selvedge`: finds the command, loads only that one, and turns every way to end into an exit code. */
import { ownEntry } from '../core/own-entry.ts';
import { CliFailure, type ExitCode, exitCode, usageFailure } from './failure.ts';
import { fileFailure } from './file-failure.ts';
import { paint, print, printError, printJson } from './output.ts';
import type { AnyCommand } from './run-command.ts';

interface Entry {
  readonly summary: string;
  readonly examples: readonly string[];
  readonly load: () => Promise<AnyCommand>;
}

/** The help's order is the order in which a newcomer needs them. */
const entries: Readonly<Record<string, Entry>> = {
  init: {
    summary: 'Make a mesh of the Workers of this repository: one document for each',
    examples: ['selvedge init', 'selvedge init --dry-run', 'selvedge init --exclude examples/ --env staging'],
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  graph: {
    summary: 'Print who binds whom, from the wrangler configs',
    examples: ['selvedge graph', 'selvedge graph --mermaid', 'selvedge graph --env staging --json'],
    load: async () => (await import('./commands/graph.ts')).graphCommand,
  },
  dev: {
    summary: 'Run your Workers with an edge before each, on this machine',
    examples: [
      'selvedge dev',
      'selvedge dev shop/wrangler.toml payment/wrangler.toml',
      'selvedge dev -f config --port 8787 */wrangler.toml',
    ],
    load: async () => (await import('./commands/dev.ts')).devCommand,
  },
  derive: {
    summary: 'Write the derived wrangler configs, to be deployed with plain wrangler',
    examples: [
      'selvedge derive --out build/mesh shop/wrangler.toml payment/wrangler.toml',
      'selvedge derive -f config --env staging --out build/mesh --registry-id ID */wrangler.toml',
    ],
    load: async () => (await import('./commands/derive.ts')).deriveCommand,
  },
  deploy: {
    summary: 'Deploy your Workers with an edge before each, in the account that wrangler uses',
    examples: [
      'selvedge deploy --plan',
      'selvedge deploy -f config shop/wrangler.toml payment/wrangler.toml',
      'selvedge deploy -f config --env staging --control-host mesh.example.com */wrangler.toml',
    ],
    load: async () => (await import('./commands/deploy.ts')).deployCommand,
  },
  eject: {
    summary: 'Take the mesh out of the account again: your Workers as they are, and nothing left behind',
    examples: ['selvedge eject --plan', 'selvedge eject --delete-data shop/wrangler.toml payment/wrangler.toml'],
    load: async () => (await import('./commands/eject.ts')).ejectCommand,
  },
  status: {
    summary: 'What the documents in KV say now, against what edges serve',
    examples: ['selvedge status', 'selvedge status --json'],
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  get: {
    summary: 'List the documents, or print one',
    examples: ['selvedge get', 'selvedge get payment', 'selvedge get mesh -o json'],
    load: async () => (await import('./commands/get.ts')).getCommand,
  },
  explain: {
    summary: 'Say what would become of a call, and why, without sending it',
    examples: [
      "selvedge explain POST http://payment/charge --caller orders -H 'x-user: tester'",
      'selvedge explain https://shop.example.com/orders -f config',
      'selvedge explain --rpc charge --service payment --caller orders',
    ],
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  access: {
    summary: 'Who may call whom, and which rule says so',
    examples: [
      'selvedge access',
      'selvedge access payment',
      'selvedge access --caller orders -f config',
      'selvedge access payment --caller outside --json',
    ],
    load: async () => (await import('./commands/access.ts')).accessCommand,
  },
  lint: {
    summary: 'Check documents, and what in wrangler configs goes around an edge; every finding with its place',
    examples: [
      'selvedge lint',
      'selvedge lint -f config/payment.yaml config/mesh.yaml',
      'selvedge lint -f config wrangler.toml workers/demo/*/wrangler.toml',
    ],
    load: async () => (await import('./commands/lint.ts')).lintCommand,
  },
  apply: {
    summary: 'Write document files into the mesh, all or none',
    examples: ['selvedge apply -f config', 'selvedge apply -f config/payment.yaml --dry-run'],
    load: async () => (await import('./commands/apply.ts')).applyCommand,
  },
  diff: {
    summary: 'Say what an apply would change, in words and as a patch',
    examples: [
      'selvedge diff config',
      'selvedge diff --words config/payment.yaml',
      'selvedge diff --against last-release/config config',
    ],
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  import: {
    summary: 'Turn manifests of the Gateway API and of Istio into documents',
    examples: [
      'selvedge import k8s/routes.yaml',
      'selvedge import --out config k8s/',
      'selvedge import --lenient --namespace web=shop,cart --worker reviews:v2=reviews-canary istio.yaml',
    ],
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  split: {
    summary: 'Move traffic between the versions of a service',
    examples: ['selvedge split payment v1=90 v2=10', 'selvedge split payment v2=1 --route testers'],
    load: async () => (await import('./commands/split.ts')).splitCommand,
  },
  audit: {
    summary: 'List who changed what through control, and who was not let',
    examples: [
      'selvedge audit',
      'selvedge audit --key service/payment',
      'selvedge audit --outcome refused --limit 200',
    ],
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  identity: {
    summary: 'Issue, show, rotate and revoke certificates and tokens of the mesh',
    examples: [
      'selvedge identity issue x509 --service orders --out certificates',
      'selvedge identity token create --service orders',
      'selvedge identity show --cert certificates/svid.pem',
      'selvedge identity revoke --cert certificates/svid.pem --reason "laptop lost"',
    ],
    load: async () => (await import('./commands/identity.ts')).identityCommand,
  },
  traces: {
    summary: 'List recent traces',
    examples: [
      'selvedge traces',
      'selvedge traces --service payment --status 5xx',
      'selvedge traces --outcome cancelled --min-duration 500ms',
    ],
    load: async () => (await import('./commands/traces.ts')).tracesCommand,
  },
  trace: {
    summary: 'Draw one journey as a waterfall',
    examples: ['selvedge trace 4bf92f35', 'selvedge trace 4bf92f3577b34da6a3ce929d0e0e4736 --json'],
    load: async () => (await import('./commands/trace.ts')).traceCommand,
  },
};

function overview(): string {
  const width = Math.max(...Object.keys(entries).map((name) => name.length));
  const lines = Object.entries(entries).map(
    ([name, { summary }]) => `  ${paint('cyan', name.padEnd(width))}  ${summary}`,
  );
  return [
    'Selvedge: a service mesh for Cloudflare Workers.',
    '',
    `${paint('bold', 'Usage')}  selvedge COMMAND [OPTIONS]`,
    '',
    ...lines,
    '',
    `${paint('bold', 'Begin')}  selvedge init, then selvedge dev     and in another terminal here:  selvedge status`,
    '',
    '`selvedge COMMAND --help` shows the options and examples of a command. Every command takes --json.',
    'Exit codes: 0 all is well, 1 findings or a refused change, 2 wrong command line, 3 control cannot be reached.',
  ].join('\n');
}

async function help(entry: Entry, name: string, words: readonly string[]): Promise<string> {
  const { commandHelp, findCommand } = await import('./run-command.ts');
  const { command, path } = await findCommand(await entry.load(), words, [name]);
  const usage = (await commandHelp(command, path.slice(0, -1))).trimEnd();
  const lines = entry.examples.map((line) => `  ${line}`);
  return [usage, '', paint('bold', 'EXAMPLES'), '', ...lines].join('\n');
}

async function dispatch(argv: readonly string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  const options = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    print(overview());
    return name === undefined ? exitCode.usage : exitCode.ok;
  }
  if (name === '--version' || name === '-v') {
    const { readFile } = await import('node:fs/promises');
    const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    print(manifest.version);
    return exitCode.ok;
  }
  const asked = name === 'help' ? (rest[0] as string) : name;
  const entry = ownEntry(entries, asked);
  if (entry === undefined)
    throw usageFailure(`there is no command "${asked}"; there are ${Object.keys(entries).join(', ')}`);
  if (name === 'help' || options.includes('--help') || options.includes('-h')) {
    print(await help(entry, asked, name === 'help' ? rest.slice(1) : rest));
    return exitCode.ok;
  }
  const [{ findCommand, runCommandStrictly }, command] = await Promise.all([import('./run-command.ts'), entry.load()]);
  const found = await findCommand(command, rest, [name]);
  return runCommandStrictly(found.command, found.rest);
}

/** Runs the command line `argv` (without node and script) and answers the exit code. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const json = argv.includes('--json') || argv.includes('--json=true');
  try {
    return await dispatch(argv);
  } catch (cause) {
    // A failure that no command foresaw is a defect of the CLI: its stack goes to stderr, whoever reads JSON still gets JSON.
    const foreseen = cause instanceof CliFailure ? cause : fileFailure(cause);
    const failure =
      foreseen ?? new CliFailure('internal', cause instanceof Error ? cause.message : String(cause), exitCode.findings);
    if (foreseen === undefined && cause instanceof Error) printError(cause.stack ?? cause.message);
    if (json) printJson({ error: { code: failure.code, message: failure.message, ...failure.details } });
    else if (foreseen !== undefined) printError(`${paint('red', 'error')} ${failure.message}`);
    if (failure.code === 'usage' && !json) printError('Run `selvedge --help`, or `selvedge COMMAND --help`.');
    return failure.exit;
  }
}
