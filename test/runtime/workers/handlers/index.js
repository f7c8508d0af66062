/** Handlers that are no methods of a class and no members of an object literal. */
import { DurableObject, env, WorkerEntrypoint } from 'cloudflare:workers';

/** The mesh's headers that the code can see, which are none, and what the next Worker sees. */
const seen = async (request) => ({
  here: request.headers.get('selvedge-context') ?? request.headers.get('traceparent'),
  next: await (await env.MIRROR.fetch('http://mirror/')).json(),
});

export class Field extends WorkerEntrypoint {
  #secret = 1;
  fetch = async (request) => Response.json({ ...(await seen(request)), own: this.#secret + this.plain() });
  plain = () => 1;
}

export class Getter extends WorkerEntrypoint {
  get fetch() {
    return async (request) => Response.json(await seen(request));
  }
}

/** As instrumentation does it: the class is a Proxy, and each instance gets a handler of its own. */
export const Instrumented = new Proxy(
  class extends WorkerEntrypoint {
    async fetch(request) {
      return Response.json(await seen(request));
    }
  },
  {
    construct(target, args) {
      const instance = new target(...args);
      const { fetch } = instance;
      instance.fetch = async (request) => {
        const { here } = await seen(request);
        return Response.json({ ...(await (await fetch.call(instance, request)).json()), here });
      };
      return instance;
    },
  },
);

export class FieldObject extends DurableObject {
  fetch = async (request) => Response.json(await seen(request));
}

export const Literal = {
  get fetch() {
    return async (request) => Response.json(await seen(request));
  },
};

export const Answered = new Proxy(
  {},
  { get: (_target, name) => (name === 'fetch' ? async (request) => Response.json(await seen(request)) : undefined) },
);

class Router {
  fetch = (request) => env.OBJECT.getByName('one').fetch(request);
}

export default new Router();
