import type { ControlEnv } from '../platform/control-env.ts';

/** Hono's type parameter for control: its bindings. */
export interface ControlHono {
  Bindings: ControlEnv;
}
