import { controlApp } from '../../src/control/app.ts';
import { pageRoutes } from '../../src/dashboard/pages.tsx';
import type { ControlEnv } from '../../src/platform/control-env.ts';
import type { Bindings } from './bindings.ts';

const control = controlApp(pageRoutes);

/** Our own config gives every var, though control does without; the secret is in no config. */
type Given = Required<Omit<ControlEnv, 'TOKEN'>>;

export default {
  fetch: (request: Request, env: Given, context: ExecutionContext) => control.fetch(request, env, context),
} satisfies ExportedHandler<Bindings>;
