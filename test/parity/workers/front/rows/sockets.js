/** WebSockets between Workers. */
import { eventually, refused } from './told.js';

const at = (path) => `http://echo.example${path}`;
const noted = async (env, key) => (await env.ECHO.fetch(at(`/noted?key=${key}`))).json();

async function open({ env }, path, headers = {}) {
  const response = await env.ECHO.fetch(at(path), { headers: { upgrade: 'websocket', ...headers } });
  const socket = response.webSocket;
  socket?.accept();
  return { response, socket };
}

const next = (socket, type = 'message') =>
  new Promise((resolve) => socket.addEventListener(type, (event) => resolve(event), { once: true }));

export const socketRows = [
  {
    rule: 'an upgrade answers 101 with a WebSocket and the headers of the callee',
    area: 'WebSocket',
    run: async (world) => {
      const { response, socket } = await open(world, '/socket');
      socket.close(1000);
      return [response.status, response.headers.get('x-socket'), typeof socket.send];
    },
    is: [101, 'yes', 'function'],
  },
  {
    rule: 'messages pass both ways, in order',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket');
      const heard = [];
      for (const word of ['one', 'two', 'snowman \u2603']) {
        const answer = next(socket);
        socket.send(word);
        heard.push((await answer).data);
      }
      socket.close(1000);
      return heard;
    },
    is: ['echo one', 'echo two', 'echo snowman \u2603'],
  },
  {
    rule: 'binary messages stay binary',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket');
      const answer = next(socket);
      socket.send(new Uint8Array([1, 2, 3]));
      const { data } = await answer;
      socket.close(1000);
      return [data.constructor.name, [...new Uint8Array(await data.arrayBuffer())]];
    },
    is: ['Blob', [3, 2, 1]],
  },
  {
    rule: 'a message of 1 MB less a few bytes passes',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket');
      const answer = next(socket);
      socket.send('m'.repeat(1_000_000));
      const { data } = await answer;
      socket.close(1000);
      return data.length;
    },
    is: 1_000_005,
  },
  {
    rule: 'the server may speak first',
    area: 'WebSocket',
    run: async (world) => {
      const response = await world.env.ECHO.fetch(at('/socket?greet'), { headers: { upgrade: 'websocket' } });
      const socket = response.webSocket;
      const greeting = next(socket);
      socket.accept();
      const { data } = await greeting;
      socket.close(1000);
      return data;
    },
    is: 'welcome',
  },
  {
    rule: 'a close of the server arrives with code and reason',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket');
      const closed = next(socket, 'close');
      socket.send('close');
      const { code, reason, wasClean } = await closed;
      socket.close(1000);
      return { code, reason, wasClean };
    },
    is: { code: 4321, reason: 'as you wish', wasClean: true },
  },
  {
    rule: 'a close of the client arrives with code and reason',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket?key=client-close');
      socket.close(4001, 'enough');
      return eventually(() => noted(world.env, 'client-close'));
    },
    is: { code: 4001, reason: 'enough', wasClean: true },
  },
  {
    rule: 'a close without code arrives as 1005',
    area: 'WebSocket',
    run: async (world) => {
      const { socket } = await open(world, '/socket?key=codeless');
      socket.close();
      return eventually(() => noted(world.env, 'codeless'));
    },
    is: { code: 1005, reason: '', wasClean: true },
  },
  {
    rule: 'subprotocol and own headers reach the callee, and its choice the caller',
    area: 'WebSocket',
    run: async (world) => {
      const { response, socket } = await open(world, '/socket', {
        'sec-websocket-protocol': 'chat, superchat',
        'x-mine': '1',
      });
      const answer = next(socket);
      socket.send('headers');
      const seen = JSON.parse((await answer).data);
      socket.close(1000);
      return [response.headers.get('sec-websocket-protocol'), seen];
    },
    is: [
      'chat',
      [
        ['sec-websocket-protocol', 'chat, superchat'],
        ['x-mine', '1'],
      ],
    ],
  },
  {
    rule: 'a refused upgrade is an ordinary response',
    area: 'WebSocket',
    run: async ({ env }) => {
      const response = await env.ECHO.fetch(at('/plain'), { headers: { upgrade: 'websocket' } });
      return [response.status, response.webSocket, await response.text()];
    },
    is: [200, null, 'plain'],
  },
  {
    rule: 'a 101 to a request without upgrade is refused as bare',
    area: 'WebSocket',
    run: ({ env }) => refused(async () => (await env.ECHO.fetch(at('/status?code=101'))).status),
    is: {
      name: 'RangeError',
      message: 'Responses may only be constructed with status codes in the range 200 to 599, inclusive.',
      remote: true,
    },
  },
  {
    rule: 'a WebSocket passes through a Worker that hands the request on',
    area: 'WebSocket',
    run: async ({ env }) => {
      const response = await env.OBJECTS.fetch('http://objects.example/room', { headers: { upgrade: 'websocket' } });
      const socket = response.webSocket;
      socket.accept();
      const answer = next(socket);
      socket.send('hello');
      const { data } = await answer;
      socket.close(1000, 'bye');
      return data;
    },
    is: '1: hello, and the ledger says 5',
  },
];
