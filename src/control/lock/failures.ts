/** Wrong credentials: they are counted where all of control sees them, and their address is refused for as long as that says. */
import type { Context } from 'hono';
import { addressNetwork } from '../../core/addresses/address-network.ts';
import { answerTooMany } from '../answer.ts';
import { askedBy } from '../audit/asked-by.ts';
import type { ControlHono } from '../hono-env.ts';
import { wardenOf } from '../warden.ts';
import { isChange } from './access.ts';

/**
 * Until when (ms since the epoch) addresses are refused, right credentials included: plain data of this isolate. So a look with a
 * right credential asks no Durable Object, and guesses by the thousand come to nothing.
 */
const refusedUntil = new Map<string, number>();
const mostAddresses = 1_000;

/** The address that connected, as Cloudflare says; on a developer's machine nobody says it, and all count as one. */
export function addressOf(c: Context<ControlHono>): string {
  return c.req.header('cf-connecting-ip') ?? '';
}

/** The answer to an address that has been wrong too often; `undefined` for all others. */
export function refuseAddress(c: Context<ControlHono>): Response | undefined {
  const waitMs = (refusedUntil.get(addressNetwork(addressOf(c))) ?? 0) - Date.now();
  return waitMs > 0 ? answerTooMany(c, 'wrong credentials', waitMs) : undefined;
}

/** Counts a wrong credential; the answer where that was one too many. It is refused all the same where nobody can count it. */
export async function countFailure(c: Context<ControlHono>, detail: string): Promise<Response | undefined> {
  const address = addressOf(c);
  const asked = isChange(c.req.method) ? askedBy(c.req.method, c.req.path) : undefined;
  console.warn(`a wrong credential from ${address || 'this machine'}: ${detail}`);
  let waitMs: number;
  try {
    waitMs = await wardenOf(c.env).countFailure(address, asked);
  } catch (error) {
    console.error(error);
    return undefined;
  }
  if (waitMs === 0) return undefined;
  const network = addressNetwork(address);
  refusedUntil.delete(network);
  refusedUntil.set(network, Date.now() + waitMs);
  const oldest = refusedUntil.size > mostAddresses ? refusedUntil.keys().next().value : undefined;
  if (oldest !== undefined) refusedUntil.delete(oldest);
  return answerTooMany(c, 'wrong credentials', waitMs);
}
