/** The table by which the account of the tests finds the Worker of a request is Cloudflare's. */
import { describe, expect, test } from 'vitest';
import { newState } from './account/account-state.ts';
import { routeMatches, workerFor } from './account/route-match.ts';

describe('a pattern matches', () => {
  test.each([
    { name: 'all paths below it', pattern: 'example.com/*', url: 'https://example.com/a/b?c', fits: true },
    { name: 'its own path only', pattern: 'example.com/a', url: 'https://example.com/a/b', fits: false },
    { name: 'the query too', pattern: 'example.com/a', url: 'https://example.com/a?b', fits: false },
    { name: 'the scheme that it says', pattern: 'http://example.com/*', url: 'https://example.com/', fits: false },
    { name: 'any sub-domain', pattern: '*.example.com/*', url: 'https://a.b.example.com/', fits: true },
    { name: 'with a dot not the zone itself', pattern: '*.example.com/*', url: 'https://example.com/', fits: false },
    { name: 'without one the zone too', pattern: '*example.com/*', url: 'https://example.com/', fits: true },
    { name: 'another host never', pattern: 'example.com/*', url: 'https://example.org/', fits: false },
  ])('$name', ({ pattern, url, fits }) => {
    expect(routeMatches(pattern, new URL(url))).toBe(fits);
  });
});

describe('of several', () => {
  const state = newState({});
  const route = (pattern: string, script?: string) => ({ id: pattern, zoneId: 'zone', pattern, script });
  state.routes = [
    route('*.example.com/*', 'wild'),
    route('shop.example.com/api/*', 'api'),
    route('shop.example.com/api/v2/*', 'api2'),
    route('shop.example.com/plain/*'),
  ];
  state.domains = [{ id: 'd', hostname: 'example.com', zoneId: 'zone', service: 'apex' }];
  test.each([
    { name: 'the longer path wins', url: 'https://shop.example.com/api/v2/x', worker: 'api2' },
    { name: 'an exact host wins over a wildcard', url: 'https://shop.example.com/api/x', worker: 'api' },
    { name: 'a wildcard takes the rest', url: 'https://shop.example.com/x', worker: 'wild' },
    { name: 'a route without Worker goes past all', url: 'https://shop.example.com/plain/x', worker: undefined },
    { name: 'a custom domain takes its host', url: 'https://example.com/x', worker: 'apex' },
    { name: 'a host that nobody has goes to none', url: 'https://example.org/x', worker: undefined },
    { name: 'workers.dev reaches who enabled it', url: 'https://absent.tester.workers.dev/', worker: undefined },
  ])('$name', ({ url, worker }) => {
    expect(workerFor(state, new URL(url))).toBe(worker);
  });
});
