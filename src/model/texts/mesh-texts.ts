/** What each field of the mesh document means. */
import { meshAccessTexts } from './access-texts.ts';
import { meshAuthenticationTexts } from './authentication-texts.ts';
import type { FieldTexts } from './field-texts.ts';
import { retryTexts, timeoutTexts } from './retry-texts.ts';

/** Texts of the mesh document. */
export const meshTexts: FieldTexts = {
  mesh: 'Name of the mesh, for people.',
  trustDomain: 'The first part of every principal, spiffe://TRUST_DOMAIN/svc/SERVICE; mesh.local by default.',
  trustDomainAliases:
    'Other trust domains that mean the same, while a mesh moves from one to another: rules that name one hold for all of them.',
  carry: 'Request headers that go along with every call that a call causes.',
  egress: [
    'Calls out of the mesh. Edges go by it at once; Workers, whose global fetch it is about, from the next deployment on (`dev` does that by itself).',
    {
      mode: 'What happens to calls to hosts that the mesh does not know: allow-any (the default) or registry-only, which answers them with 502. Known are these hosts, those of versions by URL, those for which services stand, and the public ones of the mesh.',
      hosts: 'Hosts that may be called whatever the mode; when given, URLs of versions must be among them too.',
    },
  ],
  telemetry: [
    'What is recorded.',
    {
      sampling: 'Share of the journeys whose traces are kept, as "5%" or 0 to 1; errors always are. "100%" by default.',
      shards: 'Over how many Durable Objects traces are spread; 8 by default.',
      openCallBound: 'After this long an open call without a deadline counts as cancelled; 30s by default.',
    },
  ],
  defaults: [
    'What services and routes get where their own document says nothing.',
    {
      timeouts: ['Time limits of routes that set none.', timeoutTexts],
      retry: ['Retries of routes that set none.', retryTexts],
      onStale: 'What services do with a document that could not be refreshed for over an hour.',
      normalization:
        'How paths are made canonical before anything looks at them: base (the default), merge-slashes, decode-and-merge-slashes, or none, which no service may use that has rules by path, or puts paths before those of calls.',
      access: ['Who may call; every service without `inherit: false` has these rules beside its own.', meshAccessTexts],
      authentication: ['Issuers whose tokens every service without `inherit: false` accepts.', meshAuthenticationTexts],
    },
  ],
};
