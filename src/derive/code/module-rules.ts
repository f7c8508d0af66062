/** Which type of module a file of a bundle is: the rules of the user's config, then wrangler's own. */

export type ModuleType = 'ESModule' | 'CommonJS' | 'Text' | 'Data' | 'CompiledWasm' | 'PythonModule';

export interface ModuleRule {
  readonly type: string;
  readonly globs: readonly string[];
  /** Later rules of the same type hold as well. */
  readonly fallthrough?: boolean;
}

const defaultRules: readonly ModuleRule[] = [
  { type: 'Text', globs: ['**/*.txt', '**/*.html', '**/*.sql'] },
  { type: 'Data', globs: ['**/*.bin'] },
  { type: 'CompiledWasm', globs: ['**/*.wasm', '**/*.wasm?module'] },
  { type: 'ESModule', globs: ['**/*.js', '**/*.mjs'] },
  { type: 'CommonJS', globs: ['**/*.cjs'] },
  { type: 'PythonModule', globs: ['**/*.py'] },
];

/** The type of a module by its path in the bundle; undefined for a file that no rule makes a module, such as a source map. */
export function moduleTypeOf(path: string, rules: readonly ModuleRule[]): ModuleType | undefined {
  const rule = [...rules, ...defaultRules].find(({ globs }) => globs.some((glob) => globPattern(glob).test(path)));
  return rule?.type as ModuleType | undefined;
}

/** Whether wrangler makes the file a module of that type by itself, where no rule says so. Of scripts it attaches none by itself. */
export function isModuleByDefault(path: string, type: ModuleType): boolean {
  return type !== 'ESModule' && type !== 'CommonJS' && type !== 'PythonModule' && moduleTypeOf(path, []) === type;
}

/** Wrangler's globs: a double star crosses folders, a single one does not; everything else is literal but for `?`. */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*\/|\*\*|\*|[\\^$.|+()[\]{}?]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : `\\${part}`;
  });
  return new RegExp(`^(?:${source})$`);
}
