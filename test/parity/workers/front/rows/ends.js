/** How calls end that do not end well: failures, aborts, disconnects; and what goes on after the answer. */
import { eventually, refused } from './told.js';

const at = (path) => `http://echo.example${path}`;
const noted = async (env, key) => (await env.ECHO.fetch(at(`/noted?key=${key}`))).json();

const timedOut = {
  name: 'TimeoutError',
  message: 'The operation was aborted due to timeout',
  code: 23,
  retryable: true,
};
const aborted = { name: 'AbortError', message: 'The operation was aborted', code: 20, retryable: true };

export const endRows = [
  {
    rule: 'a callee that throws rejects the caller with its error',
    area: 'fetch: ends',
    run: ({ env }) => refused(async () => (await env.ECHO.fetch(at('/throw'))).status),
    is: { name: 'RangeError', message: 'kaput', code: 'E_KAPUT', remote: true },
  },
  {
    rule: 'a callee that answers nothing rejects the caller',
    area: 'fetch: ends',
    run: ({ env }) => refused(async () => (await env.ECHO.fetch(at('/nothing'))).status),
    is: {
      name: 'TypeError',
      message: "Incorrect type for Promise: the Promise did not resolve to 'Response'.",
      remote: true,
    },
  },
  {
    rule: 'a callee that answers something else than a Response rejects the caller',
    area: 'fetch: ends',
    run: ({ env }) => refused(async () => (await env.ECHO.fetch(at('/object'))).status),
    is: {
      name: 'TypeError',
      message: "Incorrect type for Promise: the Promise did not resolve to 'Response'.",
      remote: true,
    },
  },
  {
    rule: 'a callee that has no fetch handler rejects the caller',
    area: 'fetch: ends',
    run: ({ env }) => refused(async () => (await env.STORE.fetch('http://store.example/')).status),
    is: { name: 'Error', message: 'Handler does not export a fetch() function.', remote: true },
  },
  {
    rule: "the caller's AbortSignal ends a call that hangs, with the reason of the signal",
    area: 'fetch: ends',
    run: ({ env }) =>
      refused(async () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error('patience is over')), 50);
        return (await env.ECHO.fetch(at('/hang?key=abort'), { signal: controller.signal })).status;
      }),
    is: { name: 'Error', message: 'patience is over' },
  },
  {
    rule: 'AbortSignal.timeout ends a call that hangs with a TimeoutError',
    area: 'fetch: ends',
    run: ({ env }) =>
      refused(async () => (await env.ECHO.fetch(at('/hang?key=timeout'), { signal: AbortSignal.timeout(50) })).status),
    is: timedOut,
  },
  {
    rule: 'a signal that was aborted before the call rejects it at once, and the callee never hears of it',
    area: 'fetch: ends',
    run: async ({ env }) => [
      await refused(async () => (await env.ECHO.fetch(at('/hang?key=before'), { signal: AbortSignal.abort() })).status),
      await noted(env, 'before-began'),
    ],
    is: [aborted, null],
  },
  {
    rule: 'a signal of a Request object ends its call',
    area: 'fetch: ends',
    run: ({ env }) =>
      refused(async () => {
        const request = new Request(at('/hang?key=of-request'), { signal: AbortSignal.timeout(50) });
        return (await env.ECHO.fetch(request)).status;
      }),
    is: timedOut,
  },
  {
    rule: "the caller's abort reaches request.signal of the callee",
    area: 'fetch: ends',
    run: async ({ env }) => {
      await refused(() => env.ECHO.fetch(at('/hang?key=seen'), { signal: AbortSignal.timeout(50) }));
      return eventually(() => noted(env, 'seen-signal'));
    },
    is: 'AbortError',
  },
  {
    rule: 'an abort after the headers ends the reading of the body, and the callee notices',
    area: 'fetch: ends',
    run: async ({ env }) => {
      const controller = new AbortController();
      const response = await env.ECHO.fetch(at('/drip?key=dripped'), { signal: controller.signal });
      const reader = response.body.getReader();
      await reader.read();
      controller.abort();
      const ended = await refused(async () => {
        while (!(await reader.read()).done);
        return 'ended well';
      });
      return [ended, await eventually(() => noted(env, 'dripped'))];
    },
    is: [aborted, 'reader went away'],
  },
  {
    rule: 'a body that the caller cancels is noticed by the callee',
    area: 'fetch: ends',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/drip?key=cancelled'));
      const reader = response.body.getReader();
      await reader.read();
      await reader.cancel();
      return eventually(() => noted(env, 'cancelled'));
    },
    is: 'reader went away',
  },
  {
    rule: 'waitUntil work of the callee goes on after its answer',
    area: 'fetch: ends',
    run: async ({ env }) => {
      const answer = await (await env.ECHO.fetch(at('/later?key=after'))).text();
      await env.ECHO.fetch(at('/note?key=after-answered&value=yes'));
      return [answer, await eventually(() => noted(env, 'after'))];
    },
    is: ['answered', 'done after the answer'],
  },
  {
    rule: 'a binding to a Worker that is not there answers as wrangler dev does',
    area: 'fetch: ends',
    run: async ({ env }) => {
      const response = await env.GONE.fetch('http://gone.example/');
      return [response.status, await response.text()];
    },
    is: [503, 'Worker "parity-gone" not found. Make sure it is running locally.'],
  },
  {
    rule: '50 calls at once are answered each with its own answer',
    area: 'fetch: ends',
    run: async ({ env }) => {
      const urls = await Promise.all(
        Array.from({ length: 50 }, async (_none, number) => {
          const response = await env.ECHO.fetch(at(`/echo?n=${number}`), { method: 'POST', body: String(number) });
          const { url, body } = await response.json();
          return url.endsWith(`n=${body}`);
        }),
      );
      return urls.filter(Boolean).length;
    },
    is: 50,
  },
];
