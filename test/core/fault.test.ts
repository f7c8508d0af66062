import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideFault, type Fault, type FaultRule, faultText } from '../../src/core/fault.ts';

const none: FaultRule = { requestHeaders: false };
const delay = { ms: 300, share: 0.5 };
const abort = { status: 503, share: 0.5 };

describe('a fault', () => {
  const decide = (rule: Partial<FaultRule>, headers: Record<string, string> = {}, draws: number[] = [0, 0]) =>
    decideFault(
      { ...none, ...rule },
      (name) => headers[name] ?? null,
      () => draws.shift() ?? 1,
    ); // prettier-ignore
  const late = { 'selvedge-fault-delay': '1s' };
  const ended = { 'selvedge-fault-abort': '418' };
  const rows: readonly [rule: string, ReturnType<typeof decideFault>, ReturnType<typeof decideFault>][] = [
    ['is none without a rule', decide({}), undefined],
    ['is drawn', decide({ delay }, {}, [0.49]), { delayMs: 300, abort: undefined }],
    ['is not drawn above its share', decide({ delay }, {}, [0.5]), undefined],
    ['is drawn for delay and abort apart', decide({ delay, abort }, {}, [0.9, 0.1]), { delayMs: 0, abort }],
    ['may be both', decide({ delay, abort }), { delayMs: 300, abort }],
    ['is not asked for where the route does not allow it', decide({}, { ...late, ...ended }), undefined],
    [
      'is asked for',
      decide({ requestHeaders: true }, { ...late, ...ended }),
      { delayMs: 1000, abort: { status: 418 } },
    ],
    [
      'that is asked for goes before the drawn one',
      decide({ requestHeaders: true, delay, abort }, late, [0.9]),
      { delayMs: 1000, abort: undefined },
    ],
    [
      'that is asked for needs no luck',
      decide({ requestHeaders: true, abort }, ended, [0.9]),
      { delayMs: 0, abort: { status: 418 } },
    ],
    ['may be asked to be none', decide({ requestHeaders: true, delay }, { 'selvedge-fault-delay': '0s' }), undefined],
    [
      'of no time is refused',
      decide({ requestHeaders: true }, { 'selvedge-fault-delay': '5' }),
      'selvedge-fault-delay: expected a duration of at most 30s, such as 300ms',
    ],
    [
      'of too much time is refused',
      decide({ requestHeaders: true }, { 'selvedge-fault-delay': '31s' }),
      'selvedge-fault-delay: expected a duration of at most 30s, such as 300ms',
    ],
    [
      'of no status is refused',
      decide({ requestHeaders: true }, { 'selvedge-fault-abort': '100' }),
      'selvedge-fault-abort: expected an HTTP status from 200 to 599',
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, decided, expected) => {
    expect(decided).toEqual(expected);
  });
  it('comes to its share of the calls', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        const share = percent / 100;
        const draws = Array.from({ length: 100 }, (_, index) => index / 100);
        const hit = draws.filter((draw) => decide({ abort: { status: 500, share } }, {}, [draw]) !== undefined);
        expect(hit).toHaveLength(percent);
      }),
    );
  });
  it('is told to operators in words', () => {
    const rows: readonly [Fault, string][] = [
      [{ delayMs: 300 }, 'fault injected: delay of 300 ms'],
      [{ delayMs: 300, abort: { status: 503 } }, 'fault injected: delay of 300 ms, abort with 503'],
      [{ delayMs: 0, abort: { grpcStatus: 14 } }, 'fault injected: abort with gRPC status 14'],
    ];
    for (const [fault, text] of rows) expect(faultText(fault)).toBe(text);
  });
});
