/** The route's header changes: the request's are gathered for the one clone that `sign` makes, the response's need one wrap. */
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { headerRewrite } from '../header-rewrite.ts';

/** Undefined where the route changes no headers. */
export function rewrite({ route }: RouteParts): Filter | undefined {
  return headerRewrite(() => route, route?.requestHeaders !== undefined, route?.responseHeaders !== undefined);
}
