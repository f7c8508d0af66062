import type { ControlEnv } from '../platform/control-env.ts';
import type { Caller } from './audit/entry.ts';
import type { WardenNamespace } from './audit/warden-api.ts';
import type { Operator } from './lock/operator.ts';

/** The bindings of control. */
export interface ControlBindings extends ControlEnv {
  /** The audit log, and the counts of wrong credentials and writes. */
  readonly WARDEN: WardenNamespace;
}

/** Hono's type parameter for control: its bindings, and what the lock found out. */
export interface ControlHono {
  Bindings: ControlBindings;
  Variables: {
    /** Who asks; there from the lock inward. */
    operator: Operator;
    /** The same as the audit log has him. */
    caller: Caller;
    /** The code of the error that is answered, where one is. */
    errorCode: string;
    /** Whether the log has an entry of this request already. */
    entered: boolean;
  };
}
