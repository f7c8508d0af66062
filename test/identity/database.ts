/** The database of the identity Worker's one object, opened by a program that shares nothing with it, while no Worker runs. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const program = `import sqlite3,sys
db = sqlite3.connect(sys.argv[1])
for row in db.execute(sys.argv[2]): print(row)
db.commit()
db.execute('PRAGMA wal_checkpoint(TRUNCATE)')`;

/** Runs one statement on the state in `persist`; the rows come as the program prints them. */
export async function sql(persist: string, statement: string): Promise<string> {
  const folder = join(persist, 'do', 'identity-KeyAuthority');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.sqlite') && !name.startsWith('metadata'));
  if (files.length !== 1) throw new Error(`There are ${files.length} databases, not one.`);
  return (await promisify(execFile)('python3', ['-c', program, join(folder, files[0] as string), statement])).stdout;
}

async function tables(persist: string): Promise<readonly string[]> {
  return (await sql(persist, "SELECT name FROM sqlite_master WHERE type = 'table'")).match(/(?<=')\w+(?=')/g) ?? [];
}

/** Every value of every table. */
export async function everything(persist: string): Promise<string> {
  let all = '';
  for (const name of await tables(persist)) all += await sql(persist, `SELECT * FROM ${name}`);
  return all;
}

/** Takes away all tables of the Worker but one, as deployments had them of which no later code had made more. */
export async function keepOnly(persist: string, table: string): Promise<void> {
  const others = (await tables(persist)).filter((name) => name !== table && !/^(?:_cf|sqlite)_/.test(name));
  for (const name of others) await sql(persist, `DROP TABLE ${name}`);
}
