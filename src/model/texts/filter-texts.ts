/** Texts of the filters of routes and backends. */
import type { FieldTexts } from './field-texts.ts';

const headerPair: FieldTexts = { name: 'Header name.', value: 'Header value.' };

const headerChange: FieldTexts = {
  set: ['Headers that replace whatever was there.', headerPair],
  add: ['Headers that are added to what was there.', headerPair],
  remove: 'Headers that are taken away.',
};

const pathModifier: FieldTexts = {
  type: 'Which of the three it is.',
  replaceFullPath: 'The whole new path.',
  replacePrefixMatch: 'What stands in for the prefix that the match of the route names; `/` or nothing takes it away.',
  replaceRegexMatch: [
    'Every place where the expression matches is replaced.',
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
    'Answers with a redirect; what it does not name stays as the request has it.',
    {
      scheme: 'Scheme of the new address.',
      hostname: 'Host of the new address.',
      port: 'Port of the new address; by default the usual one of `scheme` if that is given, else the one called. `request` is the one called, whatever the scheme.',
      path: ['Path of the new address.', pathModifier],
      statusCode: 'Status; 302 by default.',
    },
  ],
  urlRewrite: [
    'Changes what the backend is asked for.',
    { hostname: 'Host that the backend sees.', path: ['Path that the backend sees.', pathModifier] },
  ],
  requestMirror: [
    'Sends a copy of the request elsewhere; nobody waits for it, and its answer is dropped.',
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
    'Answers preflight requests, and says which origins may read responses (Fetch standard).',
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
    'The edge answers itself.',
    {
      status: 'Status of the answer.',
      body: 'Text of the answer.',
      contentType: 'Its content type; text/plain by default.',
    },
  ],
  faultInjection: [
    'Faults on purpose, to see how callers take them.',
    {
      delay: ['Makes calls late.', { duration: 'How late.', ...share }],
      abort: [
        'Ends calls with an error.',
        { status: 'HTTP status.', grpcStatus: 'gRPC status code, in a response of status 200.', ...share },
      ],
      requestHeaders:
        'Whether a request may ask for a fault by the headers `selvedge-fault-delay: 300ms` and `selvedge-fault-abort: 503`; false by default.',
    },
  ],
};
