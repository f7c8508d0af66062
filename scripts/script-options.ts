/** The options of a script: `--help` prints them, and one that the script does not have is named, without a stack trace. */
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** `usage` is the text of `--help`, whose first line is the command. Ends the process with code 2 where the command line is wrong. */
export function scriptOptions<T extends NonNullable<ParseArgsConfig['options']>>(usage: string, options: T) {
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    const { values } = parseArgs({ options: { ...options, help } });
    if (!('help' in values)) return values;
    console.log(usage);
    return process.exit(0);
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`);
    return process.exit(2);
  }
}
