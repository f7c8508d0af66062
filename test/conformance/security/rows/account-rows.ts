/** Accounts against the expressions that Istio makes of them. */
import { serviceAccountMatcher } from '../../../../src/core/access/workload-match.ts';
import type { PlannedProbe } from '../../suite.ts';
import type { SecurityCase } from '../security-case.ts';
import { row, unlike } from './row.ts';

/** The rows of a case that has such a table. */
export function accountRows({ regexTable = [] }: SecurityCase): PlannedProbe[] {
  return regexTable.map(([namespace, account, expression]) => {
    const whole = account.includes('/') ? account : `${namespace}/${account}`;
    return row(`the account ${whole}`, () => {
      const fits = serviceAccountMatcher([whole]);
      const istio = new RegExp(`^${expression}$`);
      return idsAround(whole).flatMap((id) => unlike([id, fits(id)], [id, istio.test(id)]));
    });
  });
}

function idsAround(whole: string): string[] {
  const [namespace = '', name = ''] = whole.split('/');
  const ids = [
    `spiffe://td/ns/${namespace}/sa/${name}`,
    `spiffe://td/a/b/ns/${namespace}/c/sa/${name}/d`,
    `spiffe://td/ns/${namespace}x/sa/${name}`,
    `spiffe://td/ns/${namespace}/sa/${name}x`,
    `spiffe://td/ns/${namespace}//sa/${name}`,
    `spiffe:///ns/${namespace}/sa/${name}`,
    `td/ns/${namespace}/sa/${name}`,
  ];
  return [...ids, ...ids.map((id) => id.replaceAll('.', 'X'))];
}
