import { WorkerEntrypoint, WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from 'cloudflare:workers';

export { Cage as RenamedCage } from './cage';

interface Env {
  FOOD: { of(animal: string): Promise<string> };
  CAGE: DurableObjectNamespace<import('./cage').Cage>;
}

export class Feeding extends WorkflowEntrypoint<Env, { animal: string }> {
  async run(event: WorkflowEvent<{ animal: string }>, step: WorkflowStep) {
    const food = await step.do('find food', () => this.env.FOOD.of(event.payload.animal));
    const cage = this.env.CAGE.getByName(event.payload.animal);
    return step.do('feed', async () => `${await cage.feed(food)}`);
  }
}

/** A named entrypoint that is no class. */
export const Food = {
  of: (animal: string) => `meat for the ${animal}`,
};

export class Shift extends WorkerEntrypoint<Env, { shift: string }> {
  shift() {
    return this.ctx.props;
  }
}

class Keeper extends WorkerEntrypoint<Env> {
  name() {
    return 'keeper';
  }
  async tail() {}
}
export default Keeper;
