/**
 * The CLI without a process of its own, for rows whose point is what it says and how it ends: a process costs a second, most of
 * which is its start. The rule that both say the same is in offline.test.ts.
 */
import { main } from '../../src/cli/main.ts';
import { type Ended, withoutControl } from './spawn.ts';

type Write = typeof process.stdout.write;

/** Takes the place of `process.stdout` or `process.stderr`, and tells what was written. */
function take(stream: NodeJS.WriteStream) {
  const { write } = stream;
  let text = '';
  stream.write = ((chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  }) as Write;
  const end = () => {
    stream.write = write;
    return text;
  };
  return {
    end,
    add(...words: readonly unknown[]) {
      text += `${words.join(' ')}\n`;
    },
  };
}

/** As `selvedge` of spawn.ts. One call at a time: folder, environment and output are those of the whole process. */
export async function selvedgeInProcess(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [folder, own] = [process.cwd(), process.env];
  const { log, info, debug, warn, error } = console;
  const [out, err] = [take(process.stdout), take(process.stderr)];
  // Libraries print by the console, which vitest keeps from the streams.
  Object.assign(console, { log: out.add, info: out.add, debug: out.add, warn: err.add, error: err.add });
  process.chdir(cwd);
  process.env = withoutControl(env);
  try {
    return { code: await main(args), out: out.end(), err: err.end() };
  } finally {
    process.env = own;
    process.chdir(folder);
    Object.assign(console, { log, info, debug, warn, error });
    out.end();
    err.end();
  }
}
