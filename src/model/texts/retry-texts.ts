/** Texts of what routes have and the mesh may have for all of them. */
import type { FieldTexts } from './field-texts.ts';

export const timeoutTexts: FieldTexts = {
  request: 'Time for the whole call, retries included, until the headers of the response are there. `0s` is no limit.',
  backendRequest: 'Time for one attempt. `0s` is no limit. Not more than `request`.',
};

export const retryTexts: FieldTexts = {
  attempts: 'Retries after the first try; 0 turns retries off.',
  codes: 'Response statuses that are retried. None by default: only connection errors and thrown exceptions are.',
  backoff: 'Least wait before another attempt, 25ms by default; with jitter, and doubling, up to ten times as long.',
  budget: [
    'Bound of retries over all calls of the route.',
    {
      percent: 'Retries may be this share of the calls; 20 by default.',
      burst: 'Retries that an isolate may do from a standing start; 3 by default.',
    },
  ],
  methods: 'Methods that may be retried beside the idempotent HTTP ones: `POST`, or names of RPC methods.',
  bodyLimit: 'Largest request body that is kept for a retry, in bytes or as "64KiB" (the default); 1MiB at most.',
};
