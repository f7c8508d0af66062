/** The one way by which control changes documents: the role is judged by what changes, and the log has the change before it is made. */
import type { Context } from 'hono';
import { answerError, answerTooMany } from '../answer.ts';
import type { ControlHono } from '../hono-env.ts';
import type { NeededRole } from '../lock/needed-role.ts';
import { covers } from '../lock/role.ts';
import { wardenOf } from '../warden.ts';
import type { Change } from './entry.ts';
import type { Begun } from './warden-api.ts';

export interface PlannedChange extends Change {
  readonly needed: NeededRole;
  readonly make: () => Promise<void>;
}

/**
 * Makes changes, or answers why none was made: the role does not suffice for one of them, or the log cannot be written, in which
 * case nobody would know of it. Rejects where KV fails; what was made until then stays, and the log says which.
 */
export async function makeChanges(
  c: Context<ControlHono>,
  changes: readonly PlannedChange[],
): Promise<Response | undefined> {
  if (changes.length === 0) return undefined;
  const making = makeAll(c, changes);
  // Whoever asked may go away at any moment; what has begun is brought to its end, and its entries with it.
  c.executionCtx.waitUntil(making.catch(() => undefined));
  return making;
}

async function makeAll(c: Context<ControlHono>, changes: readonly PlannedChange[]): Promise<Response | undefined> {
  const { role } = c.var.operator;
  const beyond = changes.find(({ needed }) => !covers(role, needed.role));
  if (beyond !== undefined) {
    const { needed, key } = beyond;
    const message = `${key}: ${needed.why} needs the role ${needed.role}; yours is ${role}`;
    return answerError(c, 403, 'role_needed', message, { role: needed.role });
  }
  const begun = await begin(c, changes);
  if (begun === undefined) {
    const message = 'the audit log cannot be written now, so nothing was changed; try again';
    return answerError(c, 503, 'audit_unavailable', message);
  }
  c.set('entered', true);
  if (!begun.ok) return refused(c, begun);
  const made = await Promise.allSettled(changes.map((change, index) => makeOne(c, change, begun.ids[index] as number)));
  const failed = made.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return undefined;
}

async function begin(c: Context<ControlHono>, changes: readonly PlannedChange[]): Promise<Begun | undefined> {
  const entries = changes.map(({ action, key, before, after, words }) => ({ action, key, before, after, words }));
  try {
    return await wardenOf(c.env).begin(c.var.caller, entries);
  } catch (error) {
    console.error(error);
    return undefined;
  }
}

function refused(c: Context<ControlHono>, begun: Extract<Begun, { ok: false }>): Response {
  if (begun.code === 'rate_limited') return answerTooMany(c, 'changes', begun.waitMs);
  const { key, revision } = begun;
  const message = `${key} was changed a moment ago${revision === '' ? '' : `, to revision ${revision}`}, which KV does not show here yet; look again and try again`;
  return answerError(c, 412, 'revision_conflict', message, { revision });
}

/** The entry's end is told whichever way it ends; where it cannot be told, the entry stays `begun`. */
async function makeOne(c: Context<ControlHono>, change: PlannedChange, id: number): Promise<void> {
  const settle = (outcome: 'made' | 'failed') =>
    wardenOf(c.env)
      .settle(id, outcome)
      .catch((error: unknown) => console.error(error));
  try {
    await change.make();
  } catch (error) {
    await settle('failed');
    throw error;
  }
  await settle('made');
}
