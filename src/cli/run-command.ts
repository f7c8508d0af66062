/** Runs one citty command strictly: an option that the command does not have is an error, never ignored. */

import { type ArgsDef, type CommandDef, parseArgs, renderUsage } from 'citty';
import { ownEntry } from '../core/own-entry.ts';
import { type ExitCode, exitCode, usageFailure } from './failure.ts';
import { plainUnlessTerminal } from './output.ts';

/** Commands answer their exit code; one that answers nothing is done. */
// biome-ignore lint/suspicious/noExplicitAny: citty's CommandDef is invariant in its arguments, and this is where all of them meet.
export type AnyCommand = CommandDef<any>;

async function resolved<T>(value: T | Promise<T> | (() => T | Promise<T>) | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value;
}

function aliases(arg: ArgsDef[string]): readonly string[] {
  const alias = 'alias' in arg ? arg.alias : undefined;
  return alias === undefined ? [] : Array.isArray(alias) ? alias : [alias];
}

/** Refuses options that `args` does not declare, and text options without a value: citty lets both pass. */
export function checkOptions(rawArgs: readonly string[], args: ArgsDef): void {
  const takesValue = new Map<string, boolean>();
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === 'positional') continue;
    const value = arg.type === 'string' || arg.type === 'enum';
    for (const key of [name, ...aliases(arg)]) takesValue.set(key, value);
  }
  for (let at = 0; at < rawArgs.length; at += 1) {
    const raw = rawArgs[at] as string;
    if (raw === '--') return;
    if (!raw.startsWith('-') || raw === '-') continue;
    const short = !raw.startsWith('--');
    const name = short ? raw.slice(1, 2) : (raw.slice(2).split('=', 1)[0] as string);
    const value = takesValue.get(name);
    if (value === undefined) throw usageFailure(`unknown option ${short ? raw : `--${name}`}`);
    const attached = short ? raw.length > 2 : raw.includes('=');
    if (!value || attached) continue;
    const next = rawArgs[at + 1];
    if (next === undefined) throw usageFailure(`the option ${raw} needs a value`);
    if (next.startsWith('-')) {
      const attachedForm = `${raw}${short ? '' : '='}VALUE`;
      throw usageFailure(`the option ${raw} needs a value; one that begins with a dash is written ${attachedForm}`);
    }
    at += 1;
  }
}

/** Every value of an option that may be repeated, in order. */
export function repeated(rawArgs: readonly string[], long: string, short?: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < rawArgs.length; at += 1) {
    const raw = rawArgs[at] as string;
    if (raw === '--') break;
    if (raw === `--${long}` || (short !== undefined && raw === `-${short}`)) values.push(rawArgs[++at] as string);
    else if (raw.startsWith(`--${long}=`)) values.push(raw.slice(long.length + 3));
    else if (short !== undefined && raw.startsWith(`-${short}`) && !raw.startsWith('--'))
      values.push(raw.slice(2).replace(/^=/, ''));
  }
  return values;
}

/** A command of a group, with the words that name it. */
export interface FoundCommand {
  readonly command: AnyCommand;
  readonly path: readonly string[];
  readonly rest: string[];
}

/** Follows the words of a command line down the groups of commands, as far as they name one. */
export async function findCommand(
  command: AnyCommand,
  words: readonly string[],
  path: readonly string[],
): Promise<FoundCommand> {
  const members = (await resolved<Record<string, AnyCommand>>(command.subCommands as never)) ?? {};
  const [word, ...rest] = words;
  const member = word === undefined ? undefined : ownEntry(members, word);
  if (member === undefined || word === undefined) return { command, path, rest: [...words] };
  return findCommand((await resolved<AnyCommand>(member)) as AnyCommand, rest, [...path, word]);
}

/** Refuses words that nobody would read. A positional whose name is a plural takes all that are left, others one each. */
function refuseMore(words: readonly string[], declared: ArgsDef): void {
  const named = Object.keys(declared).filter((name) => declared[name]?.type === 'positional');
  if (words.length <= named.length || named.at(-1)?.endsWith('s')) return;
  const what = named.length === 0 ? 'nothing more is read here than options' : 'more words than this command reads';
  throw usageFailure(`${what}: ${words.slice(named.length).join(' ')}`);
}

/** Parses and runs; the answer is the exit code. */
export async function runCommandStrictly(command: AnyCommand, rawArgs: string[]): Promise<ExitCode> {
  const members = await resolved<Record<string, AnyCommand>>(command.subCommands as never);
  if (members !== undefined) {
    const names = Object.keys(members).join(', ');
    throw usageFailure(
      rawArgs[0] === undefined ? `say which: ${names}` : `there is no "${rawArgs[0]}" here; there are ${names}`,
    );
  }
  const declared = (await resolved<ArgsDef>(command.args)) ?? {};
  checkOptions(rawArgs, declared);
  let args: ReturnType<typeof parseArgs>;
  try {
    args = parseArgs(rawArgs, declared);
  } catch (cause) {
    throw usageFailure(plainUnlessTerminal(cause instanceof Error ? cause.message : String(cause)));
  }
  refuseMore(args._, declared);
  const code: unknown = await command.run?.({ rawArgs, args, cmd: command });
  return typeof code === 'number' ? (code as ExitCode) : exitCode.ok;
}

/** The help of one command. */
export async function commandHelp(command: AnyCommand, group: readonly string[] = []): Promise<string> {
  const usage = await renderUsage(command, { meta: { name: ['selvedge', ...group].join(' ') } });
  // citty writes every second name of an option with one dash.
  return plainUnlessTerminal(usage.replace(/(^|[^\w-]|\[\d+m)-(?=[a-z][a-z-]+, --)/gm, '$1--'));
}
