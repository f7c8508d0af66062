/** The document of the mesh: its trust domain, and what services get where their own document says nothing. */
import * as v from 'valibot';
import { closed, list, text, whole, word } from './closed.ts';
import { duration, headerName, hostPattern, share, workerName } from './fields.ts';
import { retry, timeouts } from './route.ts';
import { normalization, onStale } from './service.ts';

/** SPIFFE-ID section 2.1. */
const trustDomain = text(/^[a-z0-9._-]{1,255}$/, 'a trust domain of a-z, 0-9, dots, - and _');

export const meshSchema = v.pipe(
  closed({
    mesh: v.optional(workerName),
    trustDomain: v.optional(trustDomain),
    carry: v.optional(list(headerName, 32)),
    egress: v.optional(
      closed({
        mode: v.optional(word(['registry-only', 'allow-any'])),
        hosts: v.optional(list(hostPattern, 256)),
      }),
    ),
    telemetry: v.optional(
      closed({
        sampling: v.optional(share),
        shards: v.optional(whole(1, 64)),
        openCallBound: v.optional(duration),
      }),
    ),
    defaults: v.optional(
      closed({
        timeouts: v.optional(timeouts),
        retry: v.optional(retry),
        onStale: v.optional(onStale),
        normalization: v.optional(normalization),
      }),
    ),
  }),
  v.title('Selvedge mesh'),
  v.description('Settings of the whole mesh.'),
);

/** The mesh document as people write it. */
export type MeshDocument = v.InferInput<typeof meshSchema>;
