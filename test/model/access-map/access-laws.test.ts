/** What the matrix and a trace say, held against what edges decide. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { servicePrincipal } from '../../../src/core/principals/principal.ts';
import { accessCell } from '../../../src/model/access-map/access-cell.ts';
import { endUsers, outsideCaller } from '../../../src/model/access-map/callers.ts';
import { prepareService } from '../../../src/model/access-map/prepare-service.ts';
import { traceAccess } from '../../../src/model/access-map/trace-access.ts';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import type { MeshDocument } from '../../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import {
  type Caller,
  type CallParts,
  callParts,
  factsOf,
  foreign,
  nowMs,
  services,
  trustDomain,
  world,
} from './access-arbitrary.ts';

const declared = ['cart', 'orders'];

const inside = (service: string): Caller => ({
  door: 'mesh',
  service,
  principal: servicePrincipal(trustDomain, service),
  withToken: false,
});
const outside: Caller = { door: 'public', service: '', principal: null, withToken: false };
/** By the name of the row. */
const rows: readonly (readonly [string, Caller])[] = [
  ...services.map((service) => [service, inside(service)] as const),
  ['outside', outside],
  ['end users', { ...outside, withToken: true }],
  ...foreign.map((principal) => [principal, { ...outside, principal }] as const),
];

interface Made {
  readonly document: ServiceDocument;
  readonly mesh: MeshDocument;
}

const snapshotOf = ({ document, mesh }: Made) =>
  compileService(document, compileMesh(mesh, ''), { revision: '', declared });

function cellOf({ document, mesh }: Made, row: string) {
  const prepared = prepareService({ document, settings: compileMesh(mesh, ''), declared, nowMs });
  const kind = services.includes(row) ? ('service' as const) : ('other' as const);
  return accessCell(prepared, [outsideCaller, endUsers].find(({ name }) => name === row) ?? { kind, name: row });
}

/** As the data path would hand the call on: a token is looked at where the service verifies any, and end users have a subject. */
function factsFor({ document, mesh }: Made, row: string, caller: Caller, parts: CallParts) {
  const kind = caller.door === 'public' ? ('fetch' as const) : parts.kind;
  const isCarried = kind === 'fetch' || mesh.carry?.length !== 0;
  const verifies = document.authentication?.jwt !== undefined && isCarried;
  const withToken = verifies && (caller.withToken || (row !== 'outside' && parts.user !== ''));
  const headers = isCarried ? parts.headers : {};
  const user = row === 'end users' ? parts.user || 'ann' : parts.user;
  return factsOf({ ...parts, kind, user, headers }, { ...caller, withToken });
}

const drawn = [world, fc.constantFrom(...rows), callParts] as const;

describe('laws of the matrix', () => {
  test('`all` lets every call of the caller pass, `none` none; `custom` asks a provider and lets it pass otherwise', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(...drawn, (made, [row, caller], parts) => {
        const cell = cellOf(made, row);
        fc.pre(cell.reason !== 'not-public');
        const snapshot = snapshotOf(made);
        const facts = factsFor(made, row, caller, parts);
        const allowed = snapshot.authorise?.(facts, parts.atMs).allowed ?? true;
        const asked = snapshot.consult?.asked(facts, parts.atMs).length ?? 0;
        met.add(`${cell.verdict} ${allowed}`);
        switch (cell.verdict) {
          case 'all':
            return allowed && asked === 0;
          case 'none':
            return !allowed;
          case 'custom':
            return allowed && asked > 0;
          default:
            return true;
        }
      }),
      { numRuns: 800 },
    );
    expect([...met]).toEqual(expect.arrayContaining(['all true', 'none false', 'some true', 'some false']));
  });

  test('what dry-run rules would change is what the shadow verdict says', () => {
    let met = 0;
    fc.assert(
      fc.property(...drawn, (made, [row, caller], parts) => {
        const cell = cellOf(made, row);
        fc.pre(cell.reason !== 'not-public');
        const verdict = snapshotOf(made).authorise?.(factsFor(made, row, caller, parts), parts.atMs);
        const would = cell.shadow?.verdict ?? cell.verdict;
        if (verdict?.shadow === undefined || (would !== 'all' && would !== 'none')) return true;
        met += 1;
        return verdict.shadow.allowed === (would === 'all');
      }),
      { numRuns: 500 },
    );
    expect(met).toBeGreaterThan(5);
  });
});

test('law of the trace: the rules that matched are those that decide, mark and ask', () => {
  fc.assert(
    fc.property(...drawn, (made, [row, caller], parts) => {
      const { document, mesh } = made;
      const settings = compileMesh(mesh, '');
      const snapshot = snapshotOf(made);
      const facts = factsFor(made, row, caller, parts);
      const trials = traceAccess({ document, settings, declared }, facts, parts.atMs);
      const verdict = snapshot.authorise?.(facts, parts.atMs);
      expect(verdict).toBeDefined();
      const matched = trials.filter((trial) => trial.matched);
      const deciding = (action: string) => matched.find((trial) => trial.action === action && trial.dryRun !== true);
      if (verdict?.allowed === false && verdict.reason === 'strict') return;
      const decided = deciding('deny') ?? deciding('allow');
      expect(verdict?.rule).toBe(decided?.rule ?? '');
      expect(verdict?.audit ?? []).toEqual(matched.filter(({ action }) => action === 'audit').map(({ rule }) => rule));
      const asked = matched.filter(({ action }) => action === 'custom');
      expect(snapshot.consult?.asked(facts, parts.atMs).length ?? 0).toBe(asked.length === 0 ? 0 : 1);
      for (const { matched: holds, failed } of trials) expect(failed === undefined).toBe(holds);
    }),
    { numRuns: 500 },
  );
});
