import { controlApp } from '../../src/control/app.ts';
import { pageRoutes } from '../../src/dashboard/pages.tsx';

const control = controlApp(pageRoutes);

export default { fetch: control.fetch };
