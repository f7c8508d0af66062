/** A subset of a service, as a DestinationRule declares it. */
import type { Balance, Outlier } from '../../documents/document-types.ts';
import type { Located } from '../../manifests/located.ts';

export interface TrafficSettings {
  readonly balance?: Balance;
  readonly outlier?: Outlier;
}

export interface Subset {
  readonly labels: Readonly<Record<string, string>>;
  /** The Workers that have its labels. */
  readonly workers: readonly string[];
  readonly settings: TrafficSettings;
  readonly origin: Located;
}
