import { controlApp } from '../../src/control/app.ts';
import type { ControlBindings } from '../../src/control/hono-env.ts';
import { pages } from '../../src/dashboard/pages.tsx';
import type { Bindings } from './bindings.ts';
import type { WardenEnv } from './warden.ts';

export { Warden } from './warden.ts';

const control = controlApp(pages);

/** Our own config gives every var, though control does without; secrets are in no config. */
type Given = Required<Omit<ControlBindings, 'TOKEN' | 'OPERATORS' | 'ACCESS'> & WardenEnv>;

export default {
  fetch: (request: Request, env: Given, context: ExecutionContext) => control.fetch(request, env, context),
} satisfies ExportedHandler<Bindings>;
