/**
 * The behaviours that a script inside the front Worker can show. Each has `rule` (its name), `area`, `run` (answers a JSON
 * value) and `is`: what the platform does without a mesh, which the bare run must show.
 */
import { bodyRows } from './bodies.js';
import { endRows } from './ends.js';
import { fetchRows } from './fetch.js';
import { interceptionRows } from './interception.js';
import { objectRows } from './objects.js';
import { rpcRows } from './rpc.js';
import { rpcValueRows } from './rpc-values.js';
import { socketRows } from './sockets.js';
import { storageRows } from './storage.js';

export const rows = [
  ...fetchRows,
  ...bodyRows,
  ...endRows,
  ...socketRows,
  ...rpcRows,
  ...rpcValueRows,
  ...interceptionRows,
  ...objectRows,
  ...storageRows,
];
