const names = ['traceparent', 'tracestate', 'baggage', 'selvedge-context'];

export default {
  fetch: (request) => Response.json(Object.fromEntries(names.map((name) => [name, request.headers.get(name)]))),
};
