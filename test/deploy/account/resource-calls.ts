/** The user, zones, and what else bindings name: queues, buckets, databases, workflows. */
import { randomUUID } from 'node:crypto';
import { type AccountState, newId, type Queue, type QueueSettings } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, jsonBody, on } from './api-call.ts';
import { ApiFailure } from './api-failure.ts';

const account = '/accounts/:account';
const consumers = `${account}/queues/:queue/consumers`;

function accountResult(state: AccountState) {
  return { id: state.accountId, name: 'Test account', type: 'standard' };
}

function page(rows: readonly unknown[]): ApiReply {
  return {
    result: rows,
    info: { page: 1, per_page: Math.max(rows.length, 20), count: rows.length, total_count: rows.length },
  };
}

function zoneResult(state: AccountState, { id, name }: AccountState['zones'][number]) {
  return { id, name, status: 'active', type: 'full', account: accountResult(state) };
}

function listZones(call: ApiCall, state: AccountState): ApiReply {
  const wantedAccount = call.query.get('account.id') ?? state.accountId;
  const name = call.query.get('name');
  const zones = state.zones.filter(
    (zone) => wantedAccount === state.accountId && (name === null || zone.name === name),
  );
  return page(zones.map((zone) => zoneResult(state, zone)));
}

function queueOf(call: ApiCall, state: AccountState): Queue {
  const queue = state.queues.find(({ id }) => id === call.params.queue);
  if (queue === undefined) throw new ApiFailure(404, 11000, 'The queue does not exist.');
  return queue;
}

function queueResult(queue: Queue) {
  return {
    queue_id: queue.id,
    queue_name: queue.name,
    producers: [],
    consumers: queue.consumers.map((consumer) => consumerResult(queue, consumer)),
    consumers_total_count: queue.consumers.length,
  };
}

function consumerResult(queue: Queue, { id, script, settings }: Queue['consumers'][number]) {
  return { consumer_id: id, queue_name: queue.name, type: 'worker', script, settings };
}

function addConsumer(call: ApiCall, state: AccountState): ApiReply {
  const queue = queueOf(call, state);
  const { script_name, settings = {} } = jsonBody(call) as { script_name: string; settings?: QueueSettings };
  if (state.scripts[script_name] === undefined)
    throw new ApiFailure(400, 11003, `The Worker '${script_name}' does not exist.`);
  if (queue.consumers.length > 0) throw new ApiFailure(400, 11004, `The queue '${queue.name}' already has a consumer.`);
  const consumer = { id: newId(), script: script_name, settings };
  queue.consumers = [...queue.consumers, consumer];
  return { result: consumerResult(queue, consumer) };
}

function changeConsumer(call: ApiCall, state: AccountState): ApiReply {
  const queue = queueOf(call, state);
  const before = queue.consumers.find(({ id }) => id === call.params.consumer);
  if (before === undefined) throw new ApiFailure(404, 11005, 'The consumer does not exist.');
  const after = { ...before, settings: (jsonBody(call).settings ?? {}) as QueueSettings };
  queue.consumers = queue.consumers.map((consumer) => (consumer.id === before.id ? after : consumer));
  return { result: consumerResult(queue, after) };
}

export const resourceCalls: readonly ApiRoute[] = [
  on('GET', '/user/tokens/verify', 'verify the token', () => ({ result: { id: newId(), status: 'active' } })),
  on('GET', '/user', 'read the user', () => ({ result: { id: newId(), email: 'tester@example.com' } })),
  on('GET', '/memberships', 'list memberships', (_call, state) =>
    page([{ id: newId(), account: accountResult(state), roles: ['Administrator'], status: 'accepted' }]),
  ),
  on('GET', '/accounts', 'list accounts', (_call, state) => page([accountResult(state)])),
  on('GET', account, 'read the account', (_call, state) => ({ result: accountResult(state) })),
  on('GET', '/zones', 'list zones', listZones),
  on('GET', '/zones/:zone', 'read a zone', (call, state) => {
    const zone = state.zones.find(({ id }) => id === call.params.zone);
    if (zone === undefined) throw new ApiFailure(404, 7003, 'The zone does not exist.');
    return { result: zoneResult(state, zone) };
  }),
  on('GET', `${account}/queues`, 'list queues', (call, state) => {
    const names = call.query.getAll('name');
    return page(state.queues.filter(({ name }) => names.length === 0 || names.includes(name)).map(queueResult));
  }),
  on(
    'POST',
    `${account}/queues`,
    (call) => `create queue ${jsonBody(call).queue_name}`,
    (call, state) => {
      const queue = { id: newId(), name: String(jsonBody(call).queue_name), consumers: [] };
      state.queues.push(queue);
      return { result: queueResult(queue) };
    },
  ),
  on('GET', `${account}/queues/:queue`, 'read a queue', (call, state) => ({
    result: queueResult(queueOf(call, state)),
  })),
  on('POST', consumers, (call) => `queue consumer ${jsonBody(call).script_name}`, addConsumer),
  on('PUT', `${consumers}/:consumer`, (call) => `queue consumer ${jsonBody(call).script_name}`, changeConsumer),
  on('DELETE', `${consumers}/:consumer`, 'delete a queue consumer', (call, state) => {
    const queue = queueOf(call, state);
    queue.consumers = queue.consumers.filter(({ id }) => id !== call.params.consumer);
    return { result: null };
  }),
  on('GET', `${account}/r2/buckets`, 'list buckets', (_call, state) => ({
    result: { buckets: state.buckets.map((name) => ({ name })) },
  })),
  on('GET', `${account}/r2/buckets/:bucket`, 'read bucket {bucket}', (call, state) => {
    if (!state.buckets.includes(call.params.bucket ?? ''))
      throw new ApiFailure(404, 10006, 'The specified bucket does not exist.');
    return { result: { name: call.params.bucket } };
  }),
  on(
    'POST',
    `${account}/r2/buckets`,
    (call) => `create bucket ${jsonBody(call).name}`,
    (call, state) => {
      state.buckets.push(String(jsonBody(call).name));
      return { result: { name: jsonBody(call).name } };
    },
  ),
  on('GET', `${account}/d1/database`, 'list databases', (_call, state) => page(state.databases)),
  on('GET', `${account}/d1/database/:database`, 'read a database', (call, state) => {
    const database = state.databases.find(
      ({ uuid, name }) => uuid === call.params.database || name === call.params.database,
    );
    if (database === undefined) throw new ApiFailure(404, 7404, 'The database does not exist.');
    return { result: database };
  }),
  on(
    'POST',
    `${account}/d1/database`,
    (call) => `create database ${jsonBody(call).name}`,
    (call, state) => {
      const database = { uuid: randomUUID(), name: String(jsonBody(call).name) };
      state.databases.push(database);
      return { result: database };
    },
  ),
  on('PUT', `${account}/workflows/:workflow`, 'set workflow {workflow}', (call, state) => {
    const { script_name, class_name } = jsonBody(call) as { script_name: string; class_name: string };
    state.workflows[call.params.workflow ?? ''] = { script_name, class_name };
    return { result: { name: call.params.workflow, script_name, class_name } };
  }),
];
