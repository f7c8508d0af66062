/** The matrix for people: a summary first, then a table, or service by service where a table would be too wide. */

import type { CellVerdict } from '../../model/access-map/access-cell.ts';
import type { AccessMap, CellGroup, RuleView, ServiceAccess } from '../../model/access-map/access-map.ts';
import { cellWords } from '../../model/access-map/cell-words.ts';
import { findCell, type MapSummary, type Pair, summarise } from '../../model/access-map/find-cell.ts';
import { someNames } from '../../model/access-map/some-names.ts';
import { columns, paint, table } from '../output.ts';

/** With more services than these each has a line of its own. */
const widestTable = 12;
/** What the matrix was narrowed to, if it was. */
export interface Narrowed {
  readonly service?: string;
  readonly caller?: string;
}

/** Of one service its rules too, and for each caller what decides; of one caller what decides at each service. */
export function accessLines(map: AccessMap, { service, caller }: Narrowed): string[] {
  if (service !== undefined) return map.services.flatMap(details);
  if (caller !== undefined) return ofCaller(map.services, caller);
  const lines = [...summaryLines(map), ''];
  if (map.services.length > widestTable) return [...lines, ...byService(map)];
  return [...lines, ...matrix(map), '', ...legend];
}

const colour = { all: 'green', some: 'yellow', custom: 'cyan', none: 'dim' } as const;

const legend = [
  '(all): no binding to it; all>none: what rules with dryRun would make of it; all!: an audit rule marks some of it',
  '`selvedge access SERVICE` shows the rules, and what decides for each caller',
].map((line) => paint('dim', line));

function summaryLines(map: AccessMap): string[] {
  const summary = summarise(map);
  const { services, callers, open, openToOutside, undocumented, exceptions } = summary;
  const rows = [
    ['open to everybody', someNames(open.filter((service) => !openToOutside.includes(service)))],
    ['open to the outside', paint('yellow', someNames(openToOutside))],
    ['shut out though bound', paint('red', someNames(summary.shutOut.map(pair)))],
    ['dry run would change', paint('yellow', someNames(changes(summary)))],
    ["without the mesh's rules", someNames(exceptions)],
    ['without a document', paint('red', someNames(undocumented))],
  ].filter(([, text]) => text !== '' && text !== paint('red', '') && text !== paint('yellow', ''));
  const unknown = map.knowsBindings
    ? []
    : [paint('yellow', 'No wrangler config says which Workers bind which: `declared` stands for nobody here.')];
  return [
    `${counted(services, 'service')}, ${counted(callers, 'caller')}`,
    ...columns(rows.map(([head = '', text = '']) => [paint('dim', head), text])),
    ...unknown,
  ];
}

function changes({ changes: all }: MapSummary): string[] {
  return all.map((one) => `${pair(one)} from ${one.from} to ${one.to}`);
}

function pair({ caller, service }: Pair): string {
  return `${caller} -> ${service}`;
}

function matrix({ callers, services }: AccessMap): string[] {
  const head = ['CALLER', ...services.map(({ service }) => service)];
  const rows = callers.map(({ name, kind }) => [
    name,
    ...services.map((one) => cellText(one, name, kind === 'service')),
  ]);
  return table(head, rows).split('\n');
}

function cellText(service: ServiceAccess, caller: string, isService: boolean): string {
  const cell = findCell(service, caller);
  if (cell === undefined) return '';
  const { verdict, shadow, audits } = cell;
  const change = shadow === undefined ? '' : `>${shadow.verdict}`;
  const text = `${verdict}${change}${audits.length > 0 ? '!' : ''}`;
  const bound = !isService || service.declared.includes(caller);
  if (bound && verdict === 'none' && isService) return paint('red', text);
  return paint(bound ? colour[verdict] : 'dim', bound ? text : `(${text})`);
}

function byService({ services }: AccessMap): string[] {
  const documented = services.filter((one) => one.documented);
  const rows = documented.map(({ service, mode, cells }) => [
    service,
    mode,
    ...(['all', 'some', 'custom'] as const).map((verdict) => someNames(callersWith(cells, verdict))),
    String(callersWith(cells, 'none').length),
  ]);
  return table(['SERVICE', 'MODE', 'ALL', 'SOME', 'CUSTOM', 'NONE'], rows).split('\n');
}

function ofCaller(services: readonly ServiceAccess[], caller: string): string[] {
  const rows = services
    .filter(({ documented }) => documented)
    .map(({ service, declared, cells: [cell] }) =>
      cell === undefined
        ? []
        : [
            service,
            paint(colour[cell.verdict], cell.verdict),
            declared.includes(caller) ? 'bound' : '',
            paint('dim', cellWords(cell)),
          ],
    );
  const undocumented = services.filter(({ documented }) => !documented).map(({ service }) => service);
  return [
    ...table(['SERVICE', 'CALLS', '', 'WHY'], rows).split('\n'),
    ...(undocumented.length === 0 ? [] : ['', paint('dim', `without a document: ${someNames(undocumented)}`)]),
  ];
}

function callersWith(cells: readonly CellGroup[], verdict: CellVerdict): string[] {
  return cells.filter((cell) => cell.verdict === verdict).flatMap(({ callers }) => callers);
}

function details(service: ServiceAccess): string[] {
  const { mode, modeFrom, otherwise, inherits, turnedOff, issuers, rules, cells } = service;
  const whose = { service: 'its own document', mesh: "the mesh's document" };
  const facts: (readonly [string, string])[] = [
    ['mode', `${mode}, by ${modeFrom === undefined ? 'default' : whose[modeFrom]}`],
    ['otherwise', otherwise === 'deny' ? 'what no rule lets in is refused' : 'what no rule refuses is let in'],
  ];
  if (issuers.length > 0) facts.push(['end users', `with tokens of ${issuers.join(', ')}`]);
  if (!inherits) facts.push(['exception', exceptionText(turnedOff)]);
  const head = service.documented ? facts : [['document', paint('red', 'none: its edge answers nobody')] as const];
  return [
    `${paint('bold', service.service)}${service.public ? paint('dim', '  public') : ''}`,
    ...columns(head.map(([name, text]) => [`  ${paint('dim', name)}`, text])),
    ...(rules.length === 0
      ? []
      : ['', paint('dim', 'rules, in the order of the documents'), ...rules.flatMap(ruleLine)]),
    '',
    paint('dim', 'callers'),
    ...columns(cells.map((cell) => callerCells(cell))),
  ];
}

function exceptionText(turnedOff: readonly string[]): string {
  return turnedOff.length === 0
    ? 'takes no defaults of the mesh, which has no rules'
    : paint('yellow', `leaves out ${turnedOff.join(', ')}`);
}

function ruleLine({ name, action, source, provider, dryRun, from, to, when, during }: RuleView): string[] {
  const conditions = [from || 'everybody', to || 'everything', when && `when ${when}`, during && `during ${during}`];
  const asks = provider === undefined ? '' : ` asks ${provider}`;
  const marks = [source === 'mesh' ? "of the mesh's document" : '', dryRun === true ? 'dry run' : ''].filter(Boolean);
  const marked = marks.length === 0 ? '' : `  ${paint('yellow', marks.join(', '))}`;
  return [`  ${action}${asks} ${paint('bold', name)}: ${conditions.filter(Boolean).join('; ')}${marked}`];
}

function callerCells(cell: CellGroup): string[] {
  return [`  ${someNames(cell.callers)}`, paint(colour[cell.verdict], cell.verdict), paint('dim', cellWords(cell))];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
