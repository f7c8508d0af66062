/** What the derivation tells the in-Worker runtime of a Worker; baked into the derived entry. */
export interface RuntimeConfig {
  /** The service as which this Worker calls others. */
  readonly service: string;
  /** Names of the bindings in `env` that lead to an edge. */
  readonly bindings: readonly string[];
  /** Hosts of the mesh's public doors, or `*.example.com`: global `fetch` carries our headers only there. */
  readonly hosts: readonly string[];
  /** Hosts outside for which a service of the mesh stands, with the binding in `env` that leads to its edge: `host pattern -> binding`. */
  readonly egress?: Readonly<Record<string, string>>;
  /** The only other hosts that global `fetch` may call; any host where it is absent. */
  readonly known?: readonly string[];
  /** Bindings to Durable Objects whose class lives in this Worker: the context goes along to their methods and their `fetch`. */
  readonly objects?: readonly string[];
  /** The code uses `ctx.exports`: its calls to the Worker's own exports carry the context too. */
  readonly loopbacks?: boolean;
  /**
   * Calls come by way of the platform's asset router, which drops a binding's props: a request that brings the mesh's header
   * counts as having come through the edge. Only for a Worker that the outside cannot reach.
   */
  readonly unmarked?: boolean;
  /** The outside reaches the Worker by a route of its own: calls past the edge are expected, and nobody is warned of them. */
  readonly ownRoute?: boolean;
  /** Refuses calls that came past the edge; without it they are admitted and marked. */
  readonly strict?: boolean;
  /** Logs are prefixed with service and trace id, for `dev` only. */
  readonly dev?: boolean;
}
