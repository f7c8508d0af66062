/** What answers 404: for calls that no route takes although a document must say something of them. */

import type { Located } from '../manifests/located.ts';
import { givenName, type RouteBody } from './draft.ts';

export function notFound(name: string, origin: Located): RouteBody {
  return {
    name: givenName(name),
    filters: [{ type: 'DirectResponse', directResponse: { status: 404 } }],
    origin,
    comments: [],
  };
}
