import { WorkerEntrypoint } from 'cloudflare:workers';

/** The service behind every path; it does next to nothing, so that what is measured is the path. */
export default class extends WorkerEntrypoint {
  fetch() {
    return new Response('ok');
  }

  ping(value) {
    return value;
  }
}
