/** A cell of the matrix in words: for the terminal, the dashboard and lint. */
import type { AccessCell, RefusalReason } from './access-cell.ts';
import type { RuleForCaller } from './rule-for-caller.ts';

const reasons: Readonly<Record<RefusalReason, string>> = {
  strict: 'strict, and the caller proves no identity',
  'deny-rule': 'a deny rule',
  'no-allow-rule': 'no allow rule matches',
  'not-public': 'not public',
  'no-token': "an end user's token is required",
  'no-document': 'there is no document',
};

/** What decides, as one line: `method POST, path /charge (charge); refused: method DELETE (mesh/no-deletes)`. */
export function cellWords(cell: AccessCell): string {
  const { verdict, reason, denies, customs, audits, protocols, tokens, shadow } = cell;
  const parts: string[] = [];
  // Where some calls of a protocol pass, the rules below say which.
  for (const [protocol, of] of Object.entries({ fetch: protocols?.fetch, RPC: protocols?.rpc }))
    if (of !== undefined && of !== 'some') parts.push(`${protocol} ${of}`);
  if (reason === 'deny-rule') parts.push(`denied by ${names(denies.filter(({ only }) => only === ''))}`);
  else if (reason !== undefined) parts.push(reasons[reason]);
  else if (verdict !== 'none') parts.push(...passing(cell));
  if (tokens !== undefined && verdict !== 'none') parts.push(`only with a token of ${tokens.join(' and ')}`);
  if (verdict !== 'none') {
    if (customs.length > 0) parts.push(`asked: ${customs.map(askedWords).join(' | ')}`);
    if (denies.length > 0) parts.push(`refused: ${ruleWords(denies)}`);
  }
  if (audits.length > 0) parts.push(`audited: ${ruleWords(audits)}`);
  if (shadow !== undefined) parts.push(`${shadow.verdict} if ${shadow.rules.join(' and ')} counted`);
  return parts.join('; ');
}

function passing({ allows, denies, customs }: AccessCell): string[] {
  const whole = allows.filter(({ only }) => only === '');
  if (whole.length > 0) return [`by ${names(whole)}`];
  if (allows.length > 0) return [ruleWords(allows)];
  return denies.length + customs.length > 0 ? ['all else'] : ['no rule says otherwise'];
}

/** Each rule after what it asks for; one that asks for nothing more is its name. */
function ruleWords(rules: readonly RuleForCaller[]): string {
  return rules.map(({ rule, only }) => (only === '' ? rule : `${only} (${rule})`)).join(' | ');
}

function askedWords({ rule, only, provider = '' }: RuleForCaller): string {
  return only === '' ? `${provider} (${rule})` : `${provider} about ${only} (${rule})`;
}

function names(rules: readonly RuleForCaller[]): string {
  return rules.map(({ rule }) => rule).join(' and ');
}
