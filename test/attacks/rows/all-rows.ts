/** All rows about requests, in the order of docs/requests.md. */
import { authoriserRows } from './authoriser-rows.ts';
import { headerRows } from './header-rows.ts';
import { hostRows } from './host-rows.ts';
import { meshRows } from './mesh-rows.ts';
import { methodRows } from './method-rows.ts';
import { movedRows } from './moved-rows.ts';
import type { AttackRow } from './row.ts';
import { ruleRows } from './rule-rows.ts';
import { targetRows } from './target-rows.ts';

export const requestRows: readonly AttackRow[] = [
  ...targetRows,
  ...hostRows,
  ...methodRows,
  ...headerRows,
  ...movedRows,
  ...meshRows,
  ...ruleRows,
  ...authoriserRows,
];
