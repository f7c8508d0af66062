/** What the system says where a file or folder cannot be read or written: a matter of the machine, and no defect of the CLI. */
import { CliFailure, exitCode } from './failure.ts';

const reasons: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'no space is left'],
  ['EEXIST', 'a file is there already'],
  ['ENOTDIR', 'a part of it is a file and no folder'],
  ['EISDIR', 'it is a folder'],
]);

/** The failure to end with; undefined for every other cause. */
export function fileFailure(cause: unknown): CliFailure | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  const reason = reasons.get(code);
  if (reason === undefined || path === undefined) return undefined;
  return new CliFailure('file_failed', `${path}: ${reason} (${code}, ${syscall})`, exitCode.findings);
}
