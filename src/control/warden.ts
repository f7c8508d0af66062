/** The Durable Object of control, as an invocation asks it. */
import { type WardenApi, wardenName } from './audit/warden-api.ts';
import type { ControlBindings } from './hono-env.ts';

export function wardenOf(env: ControlBindings): WardenApi {
  return env.WARDEN.getByName(wardenName);
}
