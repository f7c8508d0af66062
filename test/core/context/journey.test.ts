import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  appendJourneyVersion,
  journeyText,
  journeyVersion,
  maxJourneyLength,
  maxJourneyVersions,
  parseJourneyVersions,
} from '../../../src/core/context/journey.ts';

const serviceName = fc.stringMatching(/^[a-z0-9_][a-z0-9_-]{0,62}$/);
const versionName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
const picks = fc.array(fc.tuple(serviceName, versionName), { maxLength: 40 });

function journeyOf(chosen: readonly (readonly [string, string])[]): string {
  return chosen.reduce((journey, [service, version]) => appendJourneyVersion(journey, service, version), '');
}

describe('the versions of a journey', () => {
  it.each([
    ['none', '', []],
    ['one', 'orders:v2', [{ service: 'orders', version: 'v2' }]],
    [
      'several, oldest first',
      'orders:v2,cart:v1.3',
      [
        { service: 'orders', version: 'v2' },
        { service: 'cart', version: 'v1.3' },
      ],
    ],
    ['what is no member is left out', 'orders,:v1,cart:,,pay:v2', [{ service: 'pay', version: 'v2' }]],
  ])('%s', (_rule, text, members) => {
    expect(parseJourneyVersions(text)).toEqual(members);
  });

  it.each([
    ['the version of a service', 'orders:v2,cart:v1', 'cart', 'v1'],
    ['of the first member', 'orders:v2,cart:v1', 'orders', 'v2'],
    ['the last where a service stands twice', 'orders:v1,cart:v1,orders:v2', 'orders', 'v2'],
    ['a name that ends alike is another', 'pre-orders:v9', 'orders', undefined],
    ['a name that begins alike is another', 'orders-eu:v9', 'orders', undefined],
    ['none', '', 'orders', undefined],
    ['a caller from outside has none', 'orders:v2', '', undefined],
    ['an empty version is none', 'orders:', 'orders', undefined],
  ])('%s', (_rule, journey, service, version) => {
    expect(journeyVersion(journey, service)).toBe(version);
  });

  it('a service that is passed again has its newest version, as the latest member', () => {
    expect(
      journeyOf([
        ['orders', 'v1'],
        ['cart', 'v1'],
        ['orders', 'v2'],
      ]),
    ).toBe('cart:v1,orders:v2');
  });

  it('law: what was chosen last for a service is what is read, and the bounds hold', () => {
    fc.assert(
      fc.property(picks, (chosen) => {
        const journey = journeyOf(chosen);
        const members = parseJourneyVersions(journey);
        expect(members.length).toBeLessThanOrEqual(maxJourneyVersions);
        expect(journey.length).toBeLessThanOrEqual(maxJourneyLength);
        expect(journeyText(journey)).toBe(journey);
        for (const { service, version } of members) {
          expect(journeyVersion(journey, service)).toBe(version);
          expect(chosen.findLast(([name]) => name === service)?.[1]).toBe(version);
        }
        const last = chosen.at(-1);
        if (last !== undefined) expect(members.at(-1)).toEqual({ service: last[0], version: last[1] });
      }),
    );
  });

  it.each([
    ['a line break', 'orders:v1\nx'],
    ['another member of the context', 'orders:v1;hops=0'],
    ['a text beyond the bound', 'o:'.padEnd(maxJourneyLength + 1, 'v')],
  ])('%s is believed nowhere', (_rule, text) => {
    expect(journeyText(text)).toBe('');
  });
});
