/** One object over another, as a delegate's route lies over the route that delegates to it: a field comes from the first that has it. */
import type { Located } from '../../manifests/located.ts';

export type Layers = readonly [Located, ...Located[]];

/** A field, from the first layer that has it; where none has, as missing in the first. */
export function field(layers: Layers, name: string): Located {
  return layers.map((layer) => layer.get(name)).find((one) => one.present) ?? layers[0].get(name);
}

/** The entries of a map in all layers; of equal keys the first counts. */
export function entriesOf(layers: Layers, name: string): [string, Located][] {
  const found = new Map<string, Located>();
  for (const layer of layers) {
    for (const [key, value] of layer.get(name).entries()) if (!found.has(key)) found.set(key, value);
  }
  return [...found];
}
