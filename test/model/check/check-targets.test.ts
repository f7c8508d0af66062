import { describe, expect, it } from 'vitest';
import { pathText } from '../../../src/model/findings/issue.ts';
import { validateDocument } from '../../../src/model/validate.ts';

/** What is wrong with a document of one version and one route, as `path: message (expected)`. */
function faultsOf(document: object): string[] {
  const result = validateDocument('service', {
    service: 'x',
    versions: { v1: { worker: 'one' } },
    routes: [{ name: 'r', backends: [{ version: 'v1' }] }],
    ...document,
  });
  if (result.ok) return [];
  return result.problems.map(
    ({ path, message, expected }) => `${pathText(path)}: ${message}${expected === '' ? '' : ` (${expected})`}`,
  );
}

const ofRoute = (more: object) => ({ routes: [{ name: 'r', backends: [{ version: 'v1' }], ...more }] });
const ofVersion = (more: object) => ({ versions: { v1: more } });
const distribute = (to: object) => ({ balance: { locality: { distribute: [{ from: 'EU', to }] } } });

describe('versions, balancing and sessions', () => {
  it.each([
    [
      'endpoints with localities and weights',
      ofVersion({ endpoints: [{ worker: 'a', locality: 'EU/DE', weight: 0 }, { url: 'http://b' }] }),
    ],
    ['no endpoint', ofVersion({ endpoints: [] })],
    ['shares of 100 %', distribute({ EU: 80, 'NA/*': 20 })],
    [
      'a session that lasts longer than any call',
      ofRoute({ sessionPersistence: { absoluteTimeout: '720h', idleTimeout: '48h' } }),
    ],
    ['a cookie that lasts longer than any call', ofRoute({ sticky: { by: [{ cookie: 'user', ttl: '8760h' }] } })],
    ['a claim whose name has dots', ofRoute({ sticky: { by: [{ claim: '[https://shop.example/id]' }] } })],
    ['a session by a header of its own', ofRoute({ sessionPersistence: { type: 'Header', sessionName: 'X-Session' } })],
  ])('%s holds', (_rule, document) => {
    expect(faultsOf(document)).toEqual([]);
  });

  const url = 'an absolute http or https URL without user, query and fragment';
  it.each([
    [
      'an endpoint whose URL is none',
      ofVersion({ endpoints: [{ worker: 'a' }, { url: 'http://[' }] }),
      `versions.v1.endpoints[1].url: `,
    ],
    [
      'an endpoint whose URL has a query',
      ofVersion({ endpoints: [{ url: 'http://b/?a' }] }),
      `versions.v1.endpoints[0].url: the URL has a query or fragment (${url})`,
    ],
    [
      'a version whose URL has a fragment',
      ofVersion({ url: 'http://b/#a' }),
      `versions.v1.url: the URL has a query or fragment (${url})`,
    ],
    [
      'a URL with a path, where paths are not made canonical',
      { normalization: 'none', ...ofVersion({ url: 'https://b.example/v1' }) },
      'versions.v1.url: the dot segments of a call lead out of this path where paths are not made canonical (a normalization other than none)',
    ],
    [
      'a rewritten path, where paths are not made canonical',
      {
        normalization: 'none',
        ...ofRoute({
          filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/x' } } }],
        }),
      },
      'routes[0].filters[0].urlRewrite.path: the dot segments of a call lead out of this path where paths are not made canonical (a normalization other than none)',
    ],
    [
      'shares that do not add up',
      distribute({ EU: 80, NA: 30 }),
      'balance.locality.distribute[0].to: the percentages add up to 110 (percentages that add up to 100)',
    ],
    [
      'shares of a version that do not add up',
      ofVersion({ worker: 'one', ...distribute({ EU: 1 }) }),
      'versions.v1.balance.locality.distribute[0].to: the percentages add up to 1 (percentages that add up to 100)',
    ],
    [
      'a key that names no claim',
      ofRoute({ sticky: { by: [{ caller: true }, { claim: 'a..b' }] } }),
      'routes[0].sticky.by[1].claim: "a..b" names no claim (sub, realm.role for a nested claim, or [a.b] for a name with dots)',
    ],
    [
      'a hash by what names no claim',
      { balance: { algorithm: 'consistent-hash', by: [{ claim: '.' }] } },
      'balance.by[0].claim: "." names no claim',
    ],
    [
      'a session by a header that means something else',
      ofRoute({ sessionPersistence: { type: 'Header', sessionName: 'Set-Cookie' } }),
      'routes[0].sessionPersistence.sessionName: the header Set-Cookie has a meaning of its own (another name, such as x-session)',
    ],
    [
      "a session by a header of the mesh's own",
      ofRoute({ sessionPersistence: { type: 'Header', sessionName: 'selvedge-context' } }),
      'routes[0].sessionPersistence.sessionName: the header selvedge-context has a meaning of its own',
    ],
    [
      'a permanent cookie that never ends',
      ofRoute({ sessionPersistence: { absoluteTimeout: '0s', cookieConfig: { lifetimeType: 'Permanent' } } }),
      'routes[0].sessionPersistence.absoluteTimeout: a permanent cookie needs an end (a duration above 0s, or lifetimeType Session)',
    ],
  ])('%s is refused', (_rule, document, beginning) => {
    const faults = faultsOf(document);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(beginning);
  });
});
