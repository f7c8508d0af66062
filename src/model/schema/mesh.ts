/** The document of the mesh: its trust domain, and what services get where their own document says nothing. */
import * as v from 'valibot';
import { closed, field, list, text, whole } from './closed.ts';
import { duration, headerName, share, workerName } from './fields.ts';
import { retry, timeouts } from './route.ts';
import { normalization, normalizationText, onStale } from './service.ts';

/** SPIFFE-ID section 2.1. */
const trustDomain = text(/^[a-z0-9._-]{1,255}$/, 'a trust domain of a-z, 0-9, dots, - and _');

export const meshSchema = v.pipe(
  closed({
    mesh: field(workerName, 'Name of the mesh, for people.'),
    trustDomain: field(
      trustDomain,
      'The first part of every principal, spiffe://TRUST_DOMAIN/svc/SERVICE; mesh.local by default.',
    ),
    carry: field(list(headerName, 32), 'Request headers that go along with every call that a call causes.'),
    telemetry: field(
      closed({
        sampling: field(
          share,
          'Share of the journeys whose traces are kept, as "5%" or 0 to 1; errors always are. "100%" by default.',
        ),
        shards: field(whole(1, 64), 'Over how many Durable Objects traces are spread; 8 by default.'),
        openCallBound: field(
          duration,
          'After this long an open call without a deadline counts as cancelled; 30s by default.',
        ),
      }),
      'What is recorded.',
    ),
    defaults: field(
      closed({
        timeouts: field(timeouts, 'Time limits of routes that set none.'),
        retry: field(retry, 'Retries of routes that set none.'),
        onStale: field(onStale, 'What services do with a document that could not be refreshed for over an hour.'),
        normalization: field(normalization, normalizationText),
      }),
      'What services and routes get where their own document says nothing.',
    ),
  }),
  v.title('Selvedge mesh'),
  v.description('Settings of the whole mesh.'),
);

/** The mesh document as people write it. */
export type MeshDocument = v.InferInput<typeof meshSchema>;
