/** Texts of versions, and of how calls are spread over their endpoints. */
import type { FieldTexts } from './field-texts.ts';

export const hashKeyTexts: FieldTexts = {
  header: 'A request header.',
  cookie: 'A cookie.',
  ttl: 'With a ttl the edge sets the cookie where a caller has none; `0s` makes it last for the browser session.',
  path: 'Path of the cookie that the edge sets; `/` by default.',
  queryParam: 'A query parameter.',
  claim: "A verified claim of the end user's token.",
  caller: 'The principal that calls.',
  address: 'The address of a caller from outside; inside the mesh, the principal that calls.',
};

export const placeTexts: FieldTexts = {
  worker: 'Name of the Worker.',
  version: 'Version id of that Worker (gradual deployments), where it is not the deployed one.',
  url: 'Where it is reached, if it is no Worker of this account. Its path is put before the path of the call.',
  mtls: 'Name of the mtls_certificates binding with which the edge calls the URL; a deployment takes it from the configs of your Workers.',
  audience: 'Audience of the token that the edge sends; by default the origin of the URL.',
};

export const balanceTexts: FieldTexts = {
  algorithm: 'How an endpoint is chosen among those of one version; least-request by default.',
  by: ['What consistent-hash goes by; the first key that a call has decides.', hashKeyTexts],
  locality: [
    'Prefers endpoints near to where the journey came into the mesh, where they say where they are.',
    {
      enabled: 'false turns it off.',
      distribute: [
        'Shares for calls from one place.',
        { from: 'Where the call came in.', to: 'Localities of endpoints, with percentages.' },
      ],
      failover: [
        'Where to go next when a region has no endpoint left.',
        { from: 'The region.', to: 'The next region.' },
      ],
    },
  ],
};

export const outlierTexts: FieldTexts = {
  consecutiveErrors: 'Errors in a row (5xx or no answer) after which an endpoint is left out; 5 by default.',
  interval: 'Errors further apart than this are not in a row; 10s by default.',
  baseEjection:
    'How long an endpoint is left out the first time, and so much longer each further time; 30s by default.',
  maxEjectedPercent: 'How many of the endpoints may be left out at once; 10 by default, one at least.',
};
