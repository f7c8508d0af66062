/** The header changes of the backend that was picked; they apply only to the attempts that go to it. */
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { headerRewrite } from '../header-rewrite.ts';

/** Undefined where no backend of the route changes headers. */
export function backendRewrite({ route }: RouteParts): Filter | undefined {
  const backends = route?.backends ?? [];
  return headerRewrite(
    (call) => call.attempt?.backend,
    backends.some((backend) => backend.requestHeaders !== undefined),
    backends.some((backend) => backend.responseHeaders !== undefined),
  );
}
