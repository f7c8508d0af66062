/**
 * The trust domain whose authority this object is. Calls find the object by its name; an alarm that starts it does not know the
 * name, so that it is written down at the first call. Throws where there has been none.
 */
export function ownName(sql: SqlStorage, name: string | undefined): string {
  const [known] = sql.exec<{ trust_domain: string }>('SELECT trust_domain FROM own_name').toArray();
  if (known !== undefined) return known.trust_domain;
  if (name === undefined) throw new Error('The trust domain of this authority is not known before its first call.');
  sql.exec('INSERT INTO own_name (id, trust_domain) VALUES (1, ?)', name);
  return name;
}
