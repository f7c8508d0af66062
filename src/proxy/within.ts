/** A bound on the wait for a reply. */
import { type MeshError, MeshFailure } from '../core/mesh-error.ts';
import type { Reply } from './call.ts';

/**
 * Rejects with the error that `late` names when `reply` has not settled within `ms`. The error is made only when the
 * timer fires: an error made eagerly for each call costs more than the timer (measured).
 */
export function within(ms: number, reply: Promise<Reply>, late: () => MeshError): Promise<Reply> {
  return new Promise<Reply>((resolve, reject) => {
    const timer = setTimeout(() => reject(new MeshFailure(late())), ms);
    reply.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
