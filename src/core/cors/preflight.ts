/** Preflight requests of the Fetch standard ("CORS-preflight request"), which browsers send without credentials. */

/** As much of a call as tells whether it is one. */
export interface PreflightFacts {
  readonly kind: 'fetch' | 'rpc';
  readonly method: string;
  readonly header: (name: string) => string | null;
}

/** Whether a call asks what an origin may do. Only an OPTIONS request that says both its origin and the method that it is for. */
export function isPreflight({ kind, method, header }: PreflightFacts): boolean {
  return (
    method === 'OPTIONS' &&
    kind === 'fetch' &&
    header('origin') !== null &&
    header('access-control-request-method') !== null
  );
}
