/**
 * The console of development for a Worker before which the runtime cannot stand: its lines have the service, and no trace, since nothing carries
 * the journey. Bundled for each such Worker with its name in place of `SELVEDGE_SERVICE`.
 */
import { beforeValues, formatLogMark, type LogKind } from '../../core/dev-log.ts';
import { markConsole } from './mark-console.ts';
import { uncaughtReporter } from './uncaught.ts';

declare const SELVEDGE_SERVICE: string;

const mark = (kind: LogKind) => formatLogMark({ service: SELVEDGE_SERVICE, trace: '', kind });
const bare = markConsole(() => mark('log'));
const report = uncaughtReporter((error) => bare.error(mark('uncaught') + beforeValues, error));
globalThis.addEventListener('unhandledrejection', (event) => report(event.reason));
