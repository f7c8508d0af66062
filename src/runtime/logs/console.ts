/** What a Worker prints in development: each message says which service wrote it, and in which trace. */

import { parseTraceparent } from '../../core/context/trace-context.ts';
import { beforeValues, formatLogMark, type LogKind } from '../../core/dev-log.ts';
import type { Admission } from '../admission.ts';
import { currentContext, surroundWork } from '../context-store.ts';
import { markConsole } from './mark-console.ts';
import { uncaughtReporter, watchWaitUntil, watchWork } from './uncaught.ts';

/**
 * Marks the console and reports errors that nobody catches, before the user's modules are evaluated. Returns the admission by which
 * the execution contexts of invocations become known.
 */
export function startConsole(service: string, admission: Admission): Admission {
  const mark = (kind: LogKind) => formatLogMark({ service, trace: currentTrace(), kind });
  const bare = markConsole(() => mark('log'));
  const report = uncaughtReporter((error) => bare.error(mark('uncaught') + beforeValues, error));
  surroundWork((work) => watchWork(work, report));
  globalThis.addEventListener('unhandledrejection', (event) => report(event.reason));
  return {
    ...admission,
    begin(context) {
      watchWaitUntil(context, report);
      admission.begin(context);
    },
  };
}

/** The first digits of the current trace's id. */
function currentTrace(): string {
  return parseTraceparent(currentContext()?.traceparent)?.traceId.slice(0, 8) ?? '';
}
