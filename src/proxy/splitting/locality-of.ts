/** Where a journey came into the mesh: at a gateway as the platform says of the caller, further on as the context says. */
import { formatLocality } from '../../core/splitting/locality.ts';
import type { Call } from '../call.ts';

/** Continent, country and data centre joined by `/`; `''` where unknown. */
export function localityOf(call: Call): string {
  if (call.door === 'mesh') return call.locality;
  const geo = call.geo();
  return geo === null ? '' : formatLocality([geo.continent, geo.country, geo.colo]);
}
