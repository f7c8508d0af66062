/** Which paths the lines of an ignore file leave out: gitignore(5), of which only escapes of trailing spaces are not read. */

/** One line of an ignore file. */
interface IgnoreLine {
  readonly keeps: boolean;
  readonly foldersOnly: boolean;
  readonly form: RegExp;
}

/** An ignore file: `folder` is where it lies, as a path relative to the root of the search, `''` for the root itself. */
export interface IgnoreFile {
  readonly folder: string;
  readonly lines: readonly IgnoreLine[];
}

export function parseIgnoreFile(folder: string, text: string): IgnoreFile {
  return { folder, lines: text.split(/\r?\n/).flatMap((line) => ignoreLine(line.trimEnd()) ?? []) };
}

/** Whether a path is left out; the last line that speaks of it decides, and files deeper in the tree speak after those above. */
export function isIgnored(files: readonly IgnoreFile[], path: string, isFolder: boolean): boolean {
  let ignored = false;
  for (const { folder, lines } of files) {
    if (folder !== '' && !path.startsWith(`${folder}/`)) continue;
    const below = folder === '' ? path : path.slice(folder.length + 1);
    for (const line of lines) if ((isFolder || !line.foldersOnly) && line.form.test(below)) ignored = !line.keeps;
  }
  return ignored;
}

function ignoreLine(line: string): IgnoreLine | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  const keeps = line.startsWith('!');
  const written = keeps ? line.slice(1) : line.replace(/^\\([#!])/, '$1');
  const foldersOnly = written.endsWith('/');
  const pattern = foldersOnly ? written.slice(0, -1) : written;
  // A slash anywhere but at the end binds the pattern to the folder of the file.
  const anchored = pattern.includes('/');
  const form = globForm(pattern.replace(/^\//, ''));
  return form === undefined
    ? undefined
    : { keeps, foldersOnly, form: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${form}$`) };
}

/** A glob as the text of a regular expression; undefined where it is none. */
function globForm(glob: string): string | undefined {
  let form = '';
  for (let at = 0; at < glob.length; at += 1) {
    const rest = glob.slice(at);
    const set = /^\[(!|\^)?((?:\\.|[^\]\\])+)\]/.exec(rest);
    if (rest.startsWith('**/')) {
      form += '(?:.*/)?';
      at += 2;
    } else if (rest === '**') {
      form += '.*';
      at += 1;
    } else if (rest.startsWith('*')) form += '[^/]*';
    else if (rest.startsWith('?')) form += '[^/]';
    else if (set !== null) {
      form += `[${set[1] === undefined ? '' : '^'}${(set[2] as string).replace(/[[\]]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else {
      if (rest.startsWith('\\') && rest.length > 1) at += 1;
      form += (glob[at] as string).replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
    }
  }
  try {
    new RegExp(form);
    return form;
  } catch {
    return undefined;
  }
}
