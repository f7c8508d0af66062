/** Durable Objects: beside the Worker that binds them, and bound across scripts. */
import { eventually, refused } from './told.js';

const area = 'Durable Objects';
const named = (namespace, name) => namespace.get(namespace.idFromName(name));

export const objectRows = [
  {
    rule: 'an object of the same Worker is called by RPC and keeps its state',
    area,
    run: async ({ env }) => {
      const desk = named(env.DESK, 'rpc');
      return [await desk.put('a'), await desk.put('b')];
    },
    is: [1, 2],
  },
  {
    rule: 'an object of the same Worker calls other Workers by RPC and fetch',
    area,
    run: async ({ env }) => {
      const desk = named(env.DESK, 'calls');
      return [
        await desk.ask(1),
        await (await desk.fetch('http://desk.example/', { method: 'POST', body: 'paper' })).json(),
      ];
    },
    is: [2, { desk: 'paper', asked: 'plain' }],
  },
  {
    rule: 'an object of another script is called by RPC',
    area,
    run: async ({ env }) => {
      const counter = named(env.COUNTER, 'rpc');
      return [await counter.up(), await counter.up(4), await counter.label];
    },
    is: [1, 5, 'counter'],
  },
  {
    rule: 'an object of another script is fetched, with the headers that the caller wrote',
    area,
    run: async ({ env }) =>
      (
        await named(env.COUNTER, 'fetch').fetch('http://counter.example/a?b', {
          method: 'POST',
          body: 'x',
          headers: { 'x-a': '1' },
        })
      ).json(),
    is: {
      method: 'POST',
      url: 'http://counter.example/a?b',
      headers: [
        ['content-length', '1'],
        ['content-type', 'text/plain;charset=UTF-8'],
        ['x-a', '1'],
      ],
      body: 'x',
      asked: 'plain',
    },
  },
  {
    rule: 'an object of another script calls other Workers',
    area,
    run: ({ env }) => named(env.COUNTER, 'ledger').ledger(),
    is: 3,
  },
  {
    rule: 'one object is the same for its own Worker and for others',
    area,
    run: async ({ env }) => {
      const before = await (await env.OBJECTS.fetch('http://objects.example/')).json();
      return [before, await named(env.COUNTER, 'own').up()];
    },
    is: [{ up: 1, ledger: 3, label: 'counter' }, 2],
  },
  {
    rule: 'a class of an object keeps its name and its chain',
    area,
    run: ({ env }) => named(env.COUNTER, 'class').identity(),
    is: { className: 'Counter', constructed: 'Counter', object: true },
  },
  {
    rule: 'an error of an object arrives with its properties',
    area,
    run: ({ env }) => refused(() => named(env.COUNTER, 'error').fail()),
    is: { name: 'RangeError', message: 'a Durable Object fails', code: 'E_OBJECT', remote: true },
  },
  {
    rule: 'a method that an object does not have is refused',
    area,
    run: ({ env }) => refused(() => named(env.COUNTER, 'error').nosuch()),
    is: { name: 'TypeError', message: 'The RPC receiver does not implement the method "nosuch".', remote: true },
  },
  {
    rule: 'an alarm runs and calls other Workers',
    area,
    run: async ({ env }) => {
      const counter = named(env.COUNTER, 'alarm');
      return [await counter.ring(), await eventually(() => counter.rung())];
    },
    is: ['set', 'alarm asked and heard 42'],
  },
  { rule: 'the SQL storage of an object works', area, run: ({ env }) => named(env.COUNTER, 'sql').sql(), is: 'sqlite' },
  {
    rule: 'hibernating WebSockets of an object get messages, call other Workers and close',
    area,
    run: async ({ env }) => {
      const room = named(env.ROOM, 'one');
      const response = await room.fetch('http://room.example/', { headers: { upgrade: 'websocket' } });
      const socket = response.webSocket;
      const heard = new Promise((done) => socket.addEventListener('message', ({ data }) => done(data)));
      socket.accept();
      socket.send('hi');
      const text = await heard;
      socket.close(4000, 'done');
      return [response.status, text, await eventually(() => room.closed())];
    },
    is: [101, '1: hi, and the ledger says 2', { code: 4000, reason: 'done' }],
  },
  {
    rule: 'ids of objects behave as bare',
    area,
    run: ({ env }) => {
      const id = env.COUNTER.idFromName('x');
      return [id.name, env.COUNTER.idFromString(id.toString()).equals(id), typeof env.COUNTER.newUniqueId().toString()];
    },
    is: ['x', true, 'string'],
  },
  {
    rule: 'an object is fetched through the Worker that holds it',
    area,
    run: async ({ env }) => {
      const { method, url, headers, body } = await (
        await env.OBJECTS.fetch('http://objects.example/fetch', { method: 'PUT', body: 'b', headers: { 'x-a': '1' } })
      ).json();
      return { method, url, headers, body };
    },
    is: {
      method: 'PUT',
      url: 'http://objects.example/fetch',
      headers: [
        ['content-length', '1'],
        ['content-type', 'text/plain;charset=UTF-8'],
        ['x-a', '1'],
      ],
      body: 'b',
    },
  },
];
