/** Every known difference between the app bare and meshed, by rule. The suite fails where one vanishes or is another than here. */
import type { Difference } from './row.ts';

export const differences: Readonly<Record<string, Difference>> = {
  'an argument over 32 MiB is refused': {
    reason: 'the same error; the size that it tells has the context in it that goes along with a call',
    meshed: {
      name: 'Error',
      message:
        'Serialized RPC arguments or return values are limited to 32MiB, but the size of this value was: 34603185 bytes.',
    },
  },
  'a fetch that is taken off its binding behaves as bare': {
    reason: 'a fetch that leads to an edge needs no binding as its this: it works where the platform refuses it',
    meshed: { returned: 'plain' },
  },
  'what a binding and a method are, as the language sees them': {
    reason: 'JSON.stringify leaves the binding out of an object instead of showing it as {}',
    meshed: [
      'object',
      '[object Fetcher]',
      '[object Fetcher]',
      'Fetcher',
      'function',
      'function',
      'function',
      true,
      true,
      true,
      [],
      '{}',
      'undefined',
      'undefined',
      null,
      '[object JsRpcPromise]',
    ],
  },
  'a callee that throws is a 500 for the client, or what the front makes of it': {
    reason: 'the edge on the public door answers 502 with Proxy-Status, where the platform answers 500 without a word',
    meshed: 'HTTP/1.1 502 Bad Gateway',
  },
};
