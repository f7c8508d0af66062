/** Why an expression is refused. `at` counts UTF-16 code units from 0. */
export class RegexFault extends Error {
  constructor(
    readonly at: number,
    reason: string,
    readonly expected: string,
  ) {
    super(reason);
  }
}
