import { DurableObject } from 'cloudflare:workers';

interface Env {
  NAMES: { nameOf(id: number): Promise<string> };
}

export class Room extends DurableObject<Env> {
  private visits = 0;

  /** Calls a service from inside of a Durable Object. */
  async enter(id: number): Promise<string> {
    const name = await this.env.NAMES.nameOf(id);
    this.visits += 1;
    return `${name} is visitor ${this.visits}`;
  }
}

export const roomVersion = () => 7;
