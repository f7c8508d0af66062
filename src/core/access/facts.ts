/** What access rules can ask about a call; each call through an edge has all of it. */

export interface AccessFacts {
  readonly kind: 'fetch' | 'rpc';
  /** HTTP method of a fetch, name of an RPC method. */
  readonly method: string;
  /** Lower case, without port; `''` for RPC. */
  readonly host: string;
  /** Canonical; `''` for RPC. */
  readonly path: string;
  /** Absolute; `''` for RPC. */
  readonly url: string;
  /** `name` is lower case. An RPC call has only the headers that its journey carries. */
  readonly header: (name: string) => string | null;
  /** SPIFFE id of the caller; null where nobody has proven one. */
  readonly principal: string | null;
  /** `<issuer>/<subject>` of the end user's token; null without one. */
  readonly requestPrincipal: string | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** The address that connected; `''` inside the mesh. */
  readonly peerAddress: () => string;
  /** The client's address; `''` inside the mesh. */
  readonly address: () => string;
  /** Null inside the mesh; a part that the platform does not tell is `''`. */
  readonly geo: () => Area | null;
  /** The versions chosen further up. */
  readonly journey: string;
  /** Name of the calling service, `''` for a caller from outside. */
  readonly caller?: string;
  /** Of an RPC call; undefined for the read of a property. */
  readonly args?: readonly unknown[] | undefined;
}

export interface Area {
  readonly continent: string;
  readonly country: string;
  readonly colo: string;
}

export type AccessTest = (facts: AccessFacts) => boolean;

/** Whether all hold; of a single one it is that one, since every layer is a call more in each judgement. */
export function allOf(tests: readonly AccessTest[]): AccessTest {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2)
    return (facts) => first(facts) && second(facts);
  return (facts) => {
    for (const holds of tests) if (!holds(facts)) return false;
    return true;
  };
}

/** Whether one of them holds. */
export function anyOf(tests: readonly AccessTest[]): AccessTest {
  const [only] = tests;
  if (only !== undefined && tests.length === 1) return only;
  return (facts) => {
    for (const holds of tests) if (holds(facts)) return true;
    return false;
  };
}
