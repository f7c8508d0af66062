/** How a command fails: a code for scripts, a sentence for people, and the exit code. */

/** 0 all is well; 1 findings or a refused change; 2 the command line is wrong; 3 control cannot be reached or refuses the token. */
export const exitCode = { ok: 0, findings: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

export class CliFailure extends Error {
  override readonly name = 'CliFailure';
  constructor(
    readonly code: string,
    message: string,
    readonly exit: Exclude<ExitCode, 0>,
    /** More facts for `--json`. */
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export function usageFailure(message: string): CliFailure {
  return new CliFailure('usage', message, exitCode.usage);
}
