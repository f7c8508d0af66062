/** The tables of a Durable Object and how they came to be: one step per version, never changed once released. */

/** Brings the tables to the newest version; an object that has it already reads one row. */
export function migrateTables(storage: DurableObjectStorage, steps: readonly (readonly string[])[]): void {
  const { sql } = storage;
  sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)');
  const version = sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray()[0]?.version ?? 0;
  if (version >= steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(version)) for (const statement of step) sql.exec(statement);
    sql.exec('DELETE FROM schema_version');
    sql.exec('INSERT INTO schema_version VALUES (?)', steps.length);
  });
}
