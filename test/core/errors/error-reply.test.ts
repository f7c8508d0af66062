import { describe, expect, test } from 'vitest';
import { errorResponse, saysUnreachable } from '../../../src/core/errors/error-reply.ts';

describe('what an edge says of a connection that failed', () => {
  const from = (service: string, code: 'upstream_unreachable' | 'no_backend') =>
    errorResponse(
      code === 'no_backend'
        ? { code, route: 'default' }
        : { code, version: 'v1', cause: new Error('Network connection lost.') },
      service,
      '',
    ).headers.get('proxy-status');

  const rows: { name: string; header: string | null; service: string; says: boolean }[] = [
    {
      name: 'its own failed connection is read',
      header: from('stock', 'upstream_unreachable'),
      service: 'stock',
      says: true,
    },
    {
      name: 'one further down the journey is not',
      header: from('stock', 'upstream_unreachable'),
      service: 'orders',
      says: false,
    },
    {
      name: 'the edge of a service whose name begins alike is another',
      header: from('stock-eu', 'upstream_unreachable'),
      service: 'stock',
      says: false,
    },
    { name: 'another error is not', header: from('stock', 'no_backend'), service: 'stock', says: false },
    { name: 'a response without the header is not', header: null, service: 'stock', says: false },
  ];
  test.each(rows)('$name', ({ header, service, says }) => {
    expect(saysUnreachable(header, service)).toBe(says);
  });
});
