/** Where a caller from outside is, in the words of `request.cf`. */
import { closed, list, notEmpty, text } from './form.ts';

/** Two letters as `request.cf` has them: ISO 3166-1 alpha-2 for countries, beside XX (unknown) and T1 (Tor). */
export const area = text(/^[A-Z][A-Z0-9]$/);
export const colo = text(/^[A-Z]{3}$/);

export const areas = closed(
  {
    continents: list(area, 16, 1),
    countries: list(area, 256, 1),
    colos: list(colo, 512, 1),
  },
  notEmpty,
);
