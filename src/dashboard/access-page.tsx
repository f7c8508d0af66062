/** Who may call whom: the matrix, and for one service its rules with what decides for each caller. */
import type { Operator } from '../control/lock/operator.ts';
import type { AccessMap, CellGroup, RuleView, ServiceAccess } from '../model/access-map/access-map.ts';
import { cellWords } from '../model/access-map/cell-words.ts';
import { findCell, summarise } from '../model/access-map/find-cell.ts';
import { someNames } from '../model/access-map/some-names.ts';
import { DryRuns, type DryRunsProps } from './dry-runs.tsx';
import { Frame } from './layout.tsx';

export interface AccessPageProps {
  readonly mesh: string;
  readonly operator: Operator;
  /** Narrowed to what is asked for below. */
  readonly map: AccessMap;
  readonly service?: string;
  readonly caller?: string;
  readonly dryRuns: DryRunsProps;
}

/** A matrix of more cells is no page that anybody reads; then each service has a line. */
const mostCells = 10_000;

const href = (service: string) => `/access?service=${encodeURIComponent(service)}`;

/** An edit shows when the page is loaded again. */
const neverAgain = 0;

export function AccessPage({ mesh, operator, map, service, caller, dryRuns }: AccessPageProps) {
  const narrowed = service !== undefined || caller !== undefined;
  const wide = map.services.length * map.callers.length > mostCells;
  return (
    <Frame title={`Access: ${mesh}`} mesh={mesh} operator={operator} refreshSeconds={neverAgain}>
      {narrowed ? (
        <p class="back">
          <a href="/access">all services and callers</a>
        </p>
      ) : (
        <Summary map={map} />
      )}
      {narrowed ? map.services.map((one) => <Details service={one} />) : null}
      {!narrowed && wide ? <Lines map={map} /> : null}
      {!narrowed && !wide ? <Matrix map={map} /> : null}
      {caller === undefined ? <DryRuns {...dryRuns} /> : null}
    </Frame>
  );
}

function Summary({ map }: { map: AccessMap }) {
  const { services, callers, open, openToOutside, shutOut, changes, exceptions, undocumented } = summarise(map);
  const inside = open.filter((service) => !openToOutside.includes(service));
  const rows = [
    ['open to everybody', inside],
    ['open to the outside', openToOutside],
    ['shut out though bound', shutOut.map((pair) => `${pair.caller} to ${pair.service}`)],
    ['dry run would change', changes.map((one) => `${one.caller} to ${one.service}: ${one.from} to ${one.to}`)],
    ["without the mesh's rules", exceptions],
    ['without a document', undocumented],
  ] as const;
  return (
    <section aria-label="Summary">
      <h1>Who may call whom</h1>
      <div class="figures">
        <span>
          <b>{services}</b> services
        </span>
        <span>
          <b>{callers}</b> callers
        </span>
      </div>
      <dl class="facts">
        {rows
          .filter(([, names]) => names.length > 0)
          .map(([head, names]) => (
            <>
              <dt>{head}</dt>
              <dd>{someNames(names)}</dd>
            </>
          ))}
      </dl>
    </section>
  );
}

function Matrix({ map: { callers, services } }: { map: AccessMap }) {
  if (services.length === 0) return <p class="empty">The mesh has no services yet.</p>;
  return (
    <div class="scroll matrix">
      <table class="access">
        <thead>
          <tr>
            <th>caller</th>
            {services.map(({ service }) => (
              <th>
                <a href={href(service)}>{service}</a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {callers.map(({ name, kind }) => (
            <tr>
              <th scope="row">
                <a href={`/access?caller=${encodeURIComponent(name)}`}>{name}</a>
              </th>
              {services.map((service) => (
                <Cell service={service} caller={name} isService={kind === 'service'} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ service, caller, isService }: { service: ServiceAccess; caller: string; isService: boolean }) {
  const cell = findCell(service, caller);
  if (cell === undefined) return <td />;
  const bound = isService && service.declared.includes(caller);
  const way = isService && !bound ? ' unbound' : bound ? ' bound' : '';
  const noBinding = isService && !bound ? '; no binding to it' : '';
  return (
    <td class={`cell ${cell.verdict}${way}`} title={`${caller} to ${service.service}: ${cellWords(cell)}${noBinding}`}>
      {cell.verdict}
      {cell.shadow === undefined ? null : <span class="pill warn">dry run: {cell.shadow.verdict}</span>}
      {cell.audits.length === 0 ? null : <span class="pill">audit</span>}
    </td>
  );
}

function Lines({ map: { services } }: { map: AccessMap }) {
  return (
    <div class="scroll">
      <table class="access">
        <thead>
          <tr>
            <th>service</th>
            <th>mode</th>
            <th class="number">all</th>
            <th class="number">some</th>
            <th class="number">custom</th>
            <th class="number">none</th>
          </tr>
        </thead>
        <tbody>
          {services.map(({ service, mode, cells }) => (
            <tr>
              <td>
                <a href={href(service)}>{service}</a>
              </td>
              <td>{mode}</td>
              {(['all', 'some', 'custom', 'none'] as const).map((verdict) => (
                <td class="number">{callersWith(cells, verdict)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function callersWith(cells: readonly CellGroup[], verdict: CellGroup['verdict']): number {
  return cells.reduce((sum, cell) => sum + (cell.verdict === verdict ? cell.callers.length : 0), 0);
}

function Details({ service }: { service: ServiceAccess }) {
  const { mode, modeFrom, otherwise, rules, cells, turnedOff, issuers } = service;
  const whose = { service: 'by its own document', mesh: "by the mesh's document" };
  return (
    <section aria-label={`Access to ${service.service}`}>
      <h2>
        <a href={href(service.service)}>{service.service}</a>
      </h2>
      <p>
        <b>{mode}</b> {modeFrom === undefined ? 'by default' : whose[modeFrom]};{' '}
        {otherwise === 'deny' ? 'what no rule lets in is refused' : 'what no rule refuses is let in'}
        {issuers.length === 0 ? null : `; end users with tokens of ${issuers.join(', ')}`}
        {turnedOff.length === 0 ? null : <span class="warn-text">; leaves out {turnedOff.join(', ')}</span>}
      </p>
      {rules.length === 0 ? null : (
        <div class="scroll">
          <table class="rules">
            <thead>
              <tr>
                <th>rule</th>
                <th>action</th>
                <th>from</th>
                <th>to</th>
                <th>when</th>
              </tr>
            </thead>
            <tbody>
              {rules.map((rule) => (
                <RuleRow rule={rule} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="scroll">
        <table class="callers">
          <thead>
            <tr>
              <th>callers</th>
              <th>calls</th>
              <th>why</th>
            </tr>
          </thead>
          <tbody>
            {cells.map((cell) => (
              <tr>
                <td>{cell.callers.join(', ')}</td>
                <td class={`cell ${cell.verdict}`}>{cell.verdict}</td>
                <td class="dim">{cellWords(cell)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RuleRow({ rule }: { rule: RuleView }) {
  const { name, action, source, provider, dryRun, from, to, when, during } = rule;
  return (
    <tr>
      <td>
        <b>{name}</b>
        {source === 'mesh' ? <span class="pill">of the mesh</span> : null}
        {dryRun === true ? <span class="pill warn">dry run</span> : null}
      </td>
      <td>{provider === undefined ? action : `asks ${provider}`}</td>
      <td>{from || 'everybody'}</td>
      <td>{to || 'everything'}</td>
      <td>{[when, during].filter((words) => words !== '').join('; ')}</td>
    </tr>
  );
}
