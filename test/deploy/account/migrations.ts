/** Durable Object migrations: which classes a Worker has after an upload. */
import { type AccountState, newId, type Script, type UploadMetadata } from './account-state.ts';
import { ApiFailure } from './api-failure.ts';

type Classes = Script['classes'];

export interface Migrated {
  readonly tag: string | undefined;
  readonly classes: Classes;
  /** Classes that another Worker loses by a transfer, `script -> class names`. */
  readonly taken: Readonly<Record<string, readonly string[]>>;
}

/** What the migrations of an upload lead to; changes nothing itself. */
export function migrate(
  state: AccountState,
  name: string,
  { migrations }: UploadMetadata,
  exports: readonly string[] | undefined,
): Migrated {
  const script = state.scripts[name];
  const before: Classes = script?.classes ?? {};
  if (migrations === undefined) {
    keepExported(before, exports);
    return { tag: script?.migrationTag, classes: before, taken: {} };
  }
  if ((migrations.old_tag ?? undefined) !== script?.migrationTag) {
    const current = script?.migrationTag ?? '';
    throw new ApiFailure(412, 10079, `Migration tag precondition failed; current tag is ${current}`);
  }
  const classes: Record<string, Classes[string]> = { ...before };
  const taken: Record<string, string[]> = {};
  const add = (className: string, sqlite: boolean) => {
    if (classes[className] !== undefined) {
      const text = `Cannot apply new-class migration to class '${className}' that is already depended on by existing Durable Objects`;
      throw new ApiFailure(400, 10074, text);
    }
    if (exports !== undefined && !exports.includes(className)) {
      const text = `Cannot apply new-class migration to class '${className}' that is not exported by script`;
      throw new ApiFailure(400, 10070, text);
    }
    classes[className] = { sqlite, namespaceId: newId() };
  };
  const remove = (className: string, kind: string): Classes[string] => {
    const found = classes[className];
    if (found === undefined) {
      const text = `Cannot apply ${kind}-class migration to class '${className}' as it does not exist`;
      throw new ApiFailure(400, 10072, text);
    }
    delete classes[className];
    return found;
  };
  for (const step of migrations.steps ?? []) {
    for (const className of step.new_classes ?? []) add(className, false);
    for (const className of step.new_sqlite_classes ?? []) add(className, true);
    for (const className of step.deleted_classes ?? []) remove(className, 'delete');
    for (const { from, to } of step.renamed_classes ?? []) classes[to] = remove(from, 'rename');
    for (const { from, from_script, to } of step.transferred_classes ?? []) {
      const found = state.scripts[from_script]?.classes[from];
      if (found === undefined) {
        const text = `Cannot apply transfer-class migration: '${from_script}' has no class '${from}'`;
        throw new ApiFailure(400, 10072, text);
      }
      classes[to] = found;
      taken[from_script] = [...(taken[from_script] ?? []), from];
    }
  }
  keepExported(classes, exports);
  return { tag: migrations.new_tag, classes, taken };
}

function keepExported(classes: Classes, exports: readonly string[] | undefined): void {
  if (exports === undefined) return;
  for (const className of Object.keys(classes)) {
    if (exports.includes(className)) continue;
    const text = `New version of script does not export class '${className}' which is depended on by existing Durable Objects. If you want to delete the object's data, use a delete-class migration.`;
    throw new ApiFailure(400, 10064, text);
  }
}
