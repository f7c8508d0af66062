/** The document of the mesh: its trust domain, and what services get where their own document says nothing. */
import { meshAccess } from './access.ts';
import { meshAuthentication } from './authentication.ts';
import { duration, headerName, hostPattern, share, workerName } from './fields.ts';
import { closed, list, optional, text, type ValueOf, whole, word } from './form.ts';
import { retry, timeouts } from './route.ts';
import { normalization, onStale } from './service.ts';

/** SPIFFE-ID section 2.1. */
export const trustDomain = text(/^[a-z0-9._-]{1,255}$/);

export const meshSchema = closed({
  mesh: optional(workerName),
  trustDomain: optional(trustDomain),
  trustDomainAliases: optional(list(trustDomain, 16, 1)),
  carry: optional(list(headerName, 32)),
  egress: optional(
    closed({
      mode: optional(word(['registry-only', 'allow-any'])),
      hosts: optional(list(hostPattern, 256)),
    }),
  ),
  telemetry: optional(
    closed({
      sampling: optional(share),
      shards: optional(whole(1, 64)),
      openCallBound: optional(duration),
    }),
  ),
  defaults: optional(
    closed({
      timeouts: optional(timeouts),
      retry: optional(retry),
      onStale: optional(onStale),
      normalization: optional(normalization),
      access: optional(meshAccess),
      authentication: optional(meshAuthentication),
    }),
  ),
});

/** The mesh document as people write it. */
export type MeshDocument = ValueOf<typeof meshSchema>;
