import { createServer } from 'node:net';

/** The port if it is free on the loopback interface, else the next free one above it; 0 stays 0, which lets the system choose. */
export async function findPort(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port++) {
    if (port === 0 || (await isFree(port))) return port;
  }
  throw new Error(`no free port from ${wanted} to ${wanted + 99}`);
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', () => answer(false));
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)));
  });
}
