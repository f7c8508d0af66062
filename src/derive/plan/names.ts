/** Names of what the derivation makes. Wrangler's rule for environments holds for them too: `<name>-<environment>`. */

/** The Workers of the mesh itself, one of each per mesh. */
export const meshWorkers = {
  control: 'selvedge-control',
  identity: 'selvedge-identity',
  telemetry: 'selvedge-telemetry',
} as const;

/** The deployed name of a Worker in an environment. */
export function inEnvironment(name: string, environment: string | undefined): string {
  return environment === undefined ? name : `${name}-${environment}`;
}

/** The deployed name of a service's edge. */
export function edgeName(service: string, environment: string | undefined): string {
  return inEnvironment(`${service}-edge`, environment);
}

/** The id under which local state keeps the mesh's KV namespace; one mesh per environment. */
export function registryId(environment: string | undefined): string {
  return inEnvironment('selvedge-registry', environment);
}

/** The trust domain of a mesh whose `mesh` document names none. */
export function defaultTrustDomain(environment: string | undefined): string {
  return environment === undefined ? 'mesh.local' : `${environment}.mesh.local`;
}
