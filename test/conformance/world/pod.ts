/** One workload that answers calls: a Deployment of a cluster, or a version of an app. */
export interface Pod {
  readonly namespace: string;
  /** The Deployment's name; a pod's own name begins with it. */
  readonly name: string;
  /** The service that it belongs to, and which version of that it is; `''` where a suite does not say. */
  readonly service: string;
  readonly version: string;
}

export function podId(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`;
}
