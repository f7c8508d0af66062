/** An issuer whose key set is not what it should be: each path is one way to be wrong. */
import type { RequestListener } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { TestKey } from '../../identity/tokens/make-token.ts';
import { type LocalServer, startServer } from '../../support/local-server.ts';

export interface KeyServer extends LocalServer {
  /** How often each path was asked for. */
  readonly asked: ReadonlyMap<string, number>;
}

const json = (value: unknown, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(200, headers).end(JSON.stringify(value));
};
const text = (body: string | Buffer, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(200, headers).end(body);
};
const status = (code: number, headers: Record<string, string> = {}): RequestListener => {
  return (_, response) => void response.writeHead(code, headers).end();
};

/** Sends a piece again and again, until nobody listens. */
const endless = (piece: string, everyMs: number): RequestListener => {
  return (_, response) => {
    response.writeHead(200).write('{"keys":[');
    const timer = setInterval(() => response.write(piece), everyMs);
    response.on('close', () => clearInterval(timer));
  };
};

export async function startKeyServer(key: TestKey, rsa1024: object, secret: string): Promise<KeyServer> {
  const good = { keys: [key.jwk] };
  const other = (index: number) => ({ ...key.jwk, kid: `other-${index}` });
  const many = Array.from({ length: 1000 }, (_, index) => other(index));
  const handlers: Readonly<Record<string, RequestListener>> = {
    '/good': json(good),
    '/flood': json(good),
    '/missing': status(404),
    '/broken': status(500),
    '/empty': text(''),
    '/html': text('<html>', { 'content-type': 'text/html' }),
    '/null': json(null),
    '/list': json([key.jwk]),
    '/keys-object': json({ keys: { 0: key.jwk } }),
    '/moved': status(302, { location: '/good' }),
    '/moved-for-good': status(308, { location: '/good' }),
    '/moved-inward': status(302, { location: 'http://169.254.169.254/latest/meta-data/' }),
    '/refresh': status(200, { refresh: '0; url=/good' }),
    '/private': json({ keys: [{ ...key.jwk, d: 'AAAA' }] }),
    '/secret': json({ keys: [{ kty: 'oct', kid: key.kid, k: Buffer.from(secret).toString('base64url') }] }),
    '/for-encryption': json({ keys: [{ ...key.jwk, use: 'enc' }] }),
    '/for-signing': json({ keys: [{ ...key.jwk, key_ops: ['sign'] }] }),
    '/nameless': json({ keys: [{ ...key.jwk, kid: undefined }] }),
    '/one-nameless': json({ keys: [{ ...key.jwk, kid: undefined }, other(0)] }),
    '/other-alg': json({ keys: [{ ...key.jwk, alg: 'ES384' }] }),
    '/other-curve': json({ keys: [{ ...key.jwk, crv: 'P-384' }] }),
    '/no-point': json({ keys: [{ ...key.jwk, x: 'AAAA', y: 'AAAA' }] }),
    '/number-as-kid': json({ keys: [{ ...key.jwk, kid: 1 }] }),
    '/short-rsa': json({ keys: [rsa1024] }),
    '/thousand-last': json({ keys: [...many, key.jwk] }),
    '/thousand-first': json({ keys: [key.jwk, ...many] }),
    '/huge': text(`{"keys":[${' '.repeat(300_000)}]}`),
    '/bomb': text(gzipSync(`{"keys":[${' '.repeat(50_000_000)}]}`), { 'content-encoding': 'gzip' }),
    '/deep': text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    '/endless': endless(' '.repeat(65_536), 1),
    '/drip': endless(' ', 200),
    '/silent': () => {},
  };
  const asked = new Map<string, number>();
  const server = await startServer((request, response) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    (handlers[path] ?? status(404))(request, response);
  });
  return { ...server, asked };
}
