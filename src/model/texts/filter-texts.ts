/** Texts of the filters of routes and backends. */
import type { FieldTexts } from './field-texts.ts';

const headerPair: FieldTexts = { name: 'Header name.', value: 'Header value.' };

const headerChange: FieldTexts = {
  set: ['Headers that replace whatever was there.', headerPair],
  add: ['Headers that are added to what was there.', headerPair],
  remove: 'Headers that are taken away, before any is set or added.',
};

const pathModifier: FieldTexts = {
  type: 'Which of the three it is.',
  replaceFullPath:
    'The whole new path. That of a redirect may have a query, which stands in for the query of the request.',
  replacePrefixMatch: 'What stands in for the prefix that the match of the route names; `/` or nothing takes it away.',
  replaceRegexMatch: [
    'Every place of the path where the expression matches is replaced. Where that makes no canonical path, the call gets 500 `bad_rewrite`.',
    { pattern: 'Expression in RE2 syntax.', substitution: 'New text; `\\1` is what the first group matched.' },
  ],
};

const share: FieldTexts = {
  percent: 'Share of the calls, 0 to 100; all by default.',
};

export const filterTexts: FieldTexts = {
  type: 'Which filter it is.',
  requestHeaderModifier: ['Changes to the headers of the request.', headerChange],
  responseHeaderModifier: ['Changes to the headers of the response.', headerChange],
  requestRedirect: [
    'Answers with a redirect, on a backend the calls for which that backend is picked; what it does not name stays as the request has it, the query too.',
    {
      scheme: 'Scheme of the new address.',
      hostname: 'Host of the new address.',
      port: 'Port of the new address; by default the usual one of `scheme` if that is given, else the one called. `request` is the one called, whatever the scheme.',
      path: ['Path of the new address.', pathModifier],
      statusCode: 'Status; 302 by default.',
    },
  ],
  urlRewrite: [
    'Changes what the backend is asked for; the query stays. What a backend says goes before what its route says of the same.',
    {
      hostname: 'Host that the backend sees, with a port or without. A version with a `url` sees the host of that URL.',
      path: ['Path that the backend sees.', pathModifier],
    },
  ],
  requestMirror: [
    'Sends a copy of the call elsewhere, with the changes of the other filters; nobody waits for it, its answer is dropped, and it is given up after 10 s. Not copied are bodies of more than 64 KiB, WebSockets, and RPC with arguments that are not plain data.',
    {
      version: 'Version of this document that gets the copy.',
      service: 'Service of the mesh that gets the copy.',
      ...share,
      fraction: [
        'Share of the calls as a fraction.',
        { numerator: 'Calls that are copied.', denominator: 'Of so many; 100 by default.' },
      ],
    },
  ],
  cors: [
    'Answers preflight requests, and says which origins may read responses (Fetch standard); what a backend says of it is replaced. Only on routes. A preflight finds its route as the OPTIONS request that it is.',
    {
      allowOrigins: [
        'Origins: exact, `https://*.example.com`, `*`, or an object with type and value.',
        { type: 'How the origin is compared; RegularExpression is RE2 syntax.', value: 'What it is compared with.' },
      ],
      allowCredentials: 'Whether cookies and credentials may be sent; false by default.',
      allowMethods: 'Methods, or `*`.',
      allowHeaders: 'Request headers, or `*`.',
      exposeHeaders: 'Response headers that scripts may read, or `*`.',
      maxAge: 'Seconds for which a browser may keep the answer to a preflight request.',
    },
  ],
  directResponse: [
    'The edge answers itself; on a backend, the calls for which that backend is picked.',
    {
      status: 'Status of the answer.',
      body: 'Text of the answer.',
      contentType: 'Its content type; text/plain by default.',
    },
  ],
  faultInjection: [
    'Faults on purpose, to see how callers take them; once for a call, before any attempt. Only on routes.',
    {
      delay: ['Makes calls late; it counts against the request timeout.', { duration: 'How late.', ...share }],
      abort: [
        'Ends calls with an error.',
        { status: 'HTTP status.', grpcStatus: 'gRPC status code, in a response of status 200.', ...share },
      ],
      requestHeaders:
        'Whether a request may ask for a fault by the headers `selvedge-fault-delay: 300ms` (30 s at most) and `selvedge-fault-abort: 503`; false by default. No backend sees them.',
    },
  ],
};
