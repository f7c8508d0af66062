/** The document of the mesh: its trust domain, and what services get where their own document says nothing. */
import { meshAccess } from './access.ts';
import { meshAuthentication } from './authentication.ts';
import { duration, headerName, hostPattern, share, workerName } from './fields.ts';
import { closed, list, text, type ValueOf, whole, word } from './form.ts';
import { retry, timeouts } from './route.ts';
import { normalization, onStale } from './service.ts';

/** SPIFFE-ID section 2.1. */
export const trustDomain = text(/^[a-z0-9._-]{1,255}$/);

export const meshSchema = closed({
  mesh: workerName,
  trustDomain,
  trustDomainAliases: list(trustDomain, 16, 1),
  carry: list(headerName, 32),
  egress: closed({
    mode: word(['registry-only', 'allow-any']),
    hosts: list(hostPattern, 256),
  }),
  telemetry: closed({
    sampling: share,
    shards: whole(1, 64),
    openCallBound: duration,
  }),
  defaults: closed({
    timeouts,
    retry,
    onStale,
    normalization,
    access: meshAccess,
    authentication: meshAuthentication,
  }),
});

/** The mesh document as people write it. */
export type MeshDocument = ValueOf<typeof meshSchema>;
