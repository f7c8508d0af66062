import { DurableObject } from 'cloudflare:workers';

export class Cage extends DurableObject {
  #meals = 0;
  async feed(food: string): Promise<string> {
    return `meal ${++this.#meals}: ${food}`;
  }
}
