/** Who may call whom: every caller beside every service, judged by the data path's own reading of the rules. */
import type { AccessRule } from '../../core/access/decide.ts';
import type { Topology } from '../../core/configs/edge-config.ts';
import type { CallFacts } from '../call-facts.ts';
import { publicHosts } from '../references.ts';
import { type AccessCell, accessCell, refusedCell } from './access-cell.ts';
import { callerFacts, type MapCaller } from './callers.ts';
import { type AccessMapInput, callersOf, prepareMesh } from './prepare-mesh.ts';
import type { PreparedService } from './prepare-service.ts';
import { anyInstant } from './rule-chance.ts';
import { partWords } from './rule-words.ts';
import type { RuleInForce, RuleSource } from './rules-in-force.ts';

export interface AccessMap {
  readonly callers: readonly MapCaller[];
  readonly services: readonly ServiceAccess[];
  /** False where nobody knows which Workers bind which: then `declared` stands for nobody. */
  readonly knowsBindings: boolean;
}

export interface ServiceAccess {
  readonly service: string;
  /** False where there is no document that could be read: its edge answers nobody. */
  readonly documented: boolean;
  readonly mode: 'strict' | 'permissive';
  /** Which document says the mode; absent where none does. */
  readonly modeFrom?: RuleSource;
  /** What becomes of a call that no rule decides. */
  readonly otherwise: 'allow' | 'deny';
  /** False: the service leaves out what the mesh says of access by default. */
  readonly inherits: boolean;
  readonly public: boolean;
  /** Issuers of end users' tokens. */
  readonly issuers: readonly string[];
  readonly rules: readonly RuleView[];
  /** Rules of the mesh that do not hold here. */
  readonly turnedOff: readonly string[];
  /** Services that have a binding to it. */
  readonly declared: readonly string[];
  /** Every caller of the map stands in exactly one of them. */
  readonly cells: readonly CellGroup[];
}

/** Callers for whom all is the same. */
export interface CellGroup extends AccessCell {
  readonly callers: readonly string[];
}

export interface RuleView {
  readonly name: string;
  readonly action: AccessRule['action'];
  readonly source: RuleSource;
  readonly provider?: string;
  readonly dryRun?: true;
  /** In words; `''` for everybody, everything, always. */
  readonly from: string;
  readonly to: string;
  readonly when: string;
  readonly during: string;
}

/** The matrix of all services, and of all callers that are known of. */
export function accessMap(input: AccessMapInput): AccessMap {
  const { callers, services, undocumented, settings } = prepareMesh(input);
  const known = callers.map((caller): KnownCaller => ({ caller, facts: callerFacts(caller, settings, 'fetch') }));
  const all = [
    ...services.map((prepared) => serviceAccess(prepared, known)),
    ...undocumented.map((service) => withoutDocument(service, callers, input.topology)),
  ];
  return {
    callers,
    services: all.sort((one, other) => (one.service < other.service ? -1 : 1)),
    knowsBindings: input.topology !== undefined,
  };
}

/** What rules ask of a caller is the same at every service. */
interface KnownCaller {
  readonly caller: MapCaller;
  readonly facts: CallFacts;
}

function serviceAccess(prepared: PreparedService, callers: readonly KnownCaller[]): ServiceAccess {
  const { document, inForce, issuers, declared } = prepared;
  const { mode, modeFrom, inherits, rules, turnedOff } = inForce;
  const counted = rules.some(({ rule }) => rule.action === 'allow' && rule.dryRun !== true);
  return {
    service: document.service,
    documented: true,
    mode,
    ...(modeFrom === undefined ? {} : { modeFrom }),
    otherwise: inForce.deniesByDefault || counted ? 'deny' : 'allow',
    inherits,
    public: publicHosts(document).length > 0,
    issuers,
    rules: rules.map(ruleView),
    turnedOff,
    declared,
    cells: cellGroups(prepared, callers),
  };
}

function withoutDocument(
  service: string,
  callers: readonly MapCaller[],
  topology: Topology | undefined,
): ServiceAccess {
  return {
    service,
    documented: false,
    mode: 'permissive',
    otherwise: 'deny',
    inherits: true,
    public: false,
    issuers: [],
    rules: [],
    turnedOff: [],
    declared: callersOf(topology, service),
    cells: [{ ...refusedCell('no-document'), callers: callers.map(({ name }) => name) }],
  };
}

/** A cell is made once for all callers whom no rule tells apart; then cells that came out alike are one. */
function cellGroups(prepared: PreparedService, callers: readonly KnownCaller[]): CellGroup[] {
  const { aboutCaller } = prepared;
  type Group = { readonly cell: AccessCell; readonly names: string[] };
  const byAnswers = new Map<string, Group>();
  const byCell = new Map<string, Group>();
  const groupOf = (caller: MapCaller): Group => {
    const cell = accessCell(prepared, caller);
    const key = JSON.stringify(cell);
    const group = byCell.get(key) ?? { cell, names: [] };
    byCell.set(key, group);
    return group;
  };
  for (const { caller, facts } of callers) {
    let asked = `${caller.kind} `;
    for (const { holds } of aboutCaller) asked += holds(facts, anyInstant) ? '1' : '0';
    const group = byAnswers.get(asked) ?? groupOf(caller);
    byAnswers.set(asked, group);
    group.names.push(caller.name);
  }
  return [...byCell.values()].map(({ cell, names }) => ({ ...cell, callers: names }));
}

function ruleView({ source, rule }: RuleInForce): RuleView {
  return {
    name: rule.name,
    action: rule.action,
    source,
    ...(rule.provider === undefined ? {} : { provider: rule.provider }),
    ...(rule.dryRun === true ? { dryRun: true as const } : {}),
    from: partWords(rule, 'from'),
    to: partWords(rule, 'to'),
    when: partWords(rule, 'when'),
    during: partWords(rule, 'during'),
  };
}
