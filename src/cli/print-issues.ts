/** How the CLI prints what the model found: one line an issue, in the form that editors and terminals can open. */
import type { Issue } from '../model/findings/issue.ts';
import { paint } from './output.ts';

const severityColour = { error: 'red', warning: 'yellow', info: 'cyan' } as const;

/** `file:line:column: error SV102 message (path; expected ...)` */
export function issueLine(issue: Issue): string {
  const facts = [issue.path, issue.expected ? `expected ${issue.expected}` : ''].filter((part) => part !== '');
  const severity = paint(severityColour[issue.severity], issue.severity);
  // What control finds in the registry, and what no document says, has no place in a text.
  const place = paint('bold', issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}:` : `${issue.file}:`);
  return `${place} ${severity} ${issue.code} ${issue.message}${facts.length > 0 ? paint('dim', ` (${facts.join('; ')})`) : ''}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2 errors, 1 warning in 5 files`, `No problems, 1 note in 5 files` */
export function issueSummary(issues: readonly Issue[], files: number): string {
  const errors = issues.filter((issue) => issue.severity === 'error').length;
  const notes = issues.filter((issue) => issue.severity === 'info').length;
  const warnings = issues.length - errors - notes;
  const found = [
    errors > 0 ? counted(errors, 'error') : '',
    warnings > 0 ? counted(warnings, 'warning') : '',
    errors + warnings === 0 ? 'No problems' : '',
    notes > 0 ? counted(notes, 'note') : '',
  ].filter((part) => part !== '');
  return `${found.join(', ')} in ${counted(files, 'file')}`;
}
