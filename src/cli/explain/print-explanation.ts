/** An explanation for people: the outcome first, then how it came about. */
import type { Explanation } from '../../explain/explain.ts';
import type { RuleTrial } from '../../model/access-map/trace-access.ts';
import type { MatchTrial } from '../../model/match/trace-matches.ts';
import { columns, paint } from '../output.ts';

/** Matches that are shown before the one that held; a gateway may have thousands. */
const mostTrials = 12;

export function explanationLines(explained: Explanation): string[] {
  const { service, revision, caller, user, door, route, answer, sent } = explained;
  const rows: string[][] = [
    ['service', `${paint('bold', service)}  ${paint('dim', `revision ${revision}`)}`],
    ['caller', `${caller ?? 'anonymous'}, ${door === 'mesh' ? 'through a binding' : 'from outside'}`],
  ];
  if (user !== null) rows.push(['end user', user]);
  if (explained.url !== '') rows.push(['url', explained.url]);
  rows.push(['access', accessText(explained)]);
  rows.push(['route', route === undefined ? 'none' : `${paint('bold', route.name)}${heldText(explained)}`]);
  if (answer !== undefined) {
    const code = answer.code === undefined ? '' : ` ${answer.code}`;
    const colour = answer.status >= 400 ? 'red' : 'yellow';
    const where = answer.location === undefined ? '' : ` to ${answer.location}`;
    rows.push(['answer', `${paint(colour, `${answer.status}${code}`)}${where}  ${paint('dim', answer.reason)}`]);
  }
  const lines = columns(rows.map(([name = '', text = '']) => [paint('dim', name), text]));
  lines.push(...ruleLines(explained.rules));
  if (route !== undefined) lines.push(...routeLines(explained, route));
  if (sent !== undefined) lines.push('', ...sentLines(sent));
  return [...lines, ...trialLines(explained.trials)];
}

function accessText({ access, mode, rules }: Explanation): string {
  if (access === undefined) return 'open: neither the document nor the mesh has access rules';
  const { audit = [], shadow } = access;
  const asked = rules.flatMap(({ provider, matched }) => (matched && provider !== undefined ? [provider] : []));
  const marks = [
    ...(access.allowed ? [...new Set(asked)].map((provider) => `if ${provider} allows it`) : []),
    ...audit.map((rule) => `audited by ${rule}`),
    ...(shadow === undefined || shadow.allowed === access.allowed ? [] : [shadowText(shadow)]),
  ];
  const decision = access.allowed ? allowedText(access.rule) : deniedText(access);
  return [`${decision}${paint('dim', `, ${mode}`)}`, ...marks.map((mark) => paint('yellow', mark))].join('; ');
}

function allowedText(rule: string): string {
  return `${paint('green', 'allowed')}${rule === '' ? ', no rule says otherwise' : ` by rule ${rule}`}`;
}

function deniedText({ rule, reason }: Extract<NonNullable<Explanation['access']>, { allowed: false }>): string {
  const why = {
    'deny-rule': `by the deny rule ${rule}`,
    'no-allow-rule': 'no allow rule matches',
    strict: 'the service answers only callers that say who they are',
  };
  return `${paint('red', 'denied')}: ${why[reason]}`;
}

function shadowText({ allowed, rule }: { readonly allowed: boolean; readonly rule: string }): string {
  const why = rule === '' ? 'no allow rule would match' : `by ${rule}`;
  return `would be ${allowed ? 'allowed' : 'denied'} if dry-run rules counted, ${why}`;
}

/** Custom rules are asked first, then a deny that matches decides, then an allow. */
function ruleLines(rules: readonly RuleTrial[]): string[] {
  if (rules.length === 0) return [];
  const rows = rules.map(({ rule, action, source, provider, dryRun, matched, failed }) => [
    `  ${action}`,
    matched ? paint('bold', rule) : rule,
    matched
      ? paint(action === 'deny' ? 'red' : 'green', provider === undefined ? 'matches' : `matches, ${provider} decides`)
      : paint('dim', `does not hold: ${failed}`),
    paint('dim', [source === 'mesh' ? 'of the mesh' : '', dryRun === true ? 'dry run' : ''].filter(Boolean).join(', ')),
  ]);
  return ['', paint('dim', 'access rules, in the order of decision'), ...columns(rows)];
}

function heldText({ trials }: Explanation): string {
  const held = trials.find(({ failed }) => failed === undefined);
  if (held === undefined || held.conditions.length === 0) return paint('dim', ', for every call');
  return paint('dim', `, match ${held.match + 1}: ${held.conditions.join(', ')}`);
}

function routeLines({ answer }: Explanation, route: NonNullable<Explanation['route']>): string[] {
  const lines = ['', paint('dim', 'filters, in order')];
  lines.push(
    ...columns(
      route.filters.map(({ filter, does, perAttempt }) => [`  ${perAttempt ? '  ' : ''}${filter}`, paint('dim', does)]),
    ),
  );
  if (route.backends.length > 0) {
    const why = { session: 'its session', journey: 'its journey', key: 'its key', weights: 'weight' }[route.chosenBy];
    lines.push('', paint('dim', `backends, by ${why}${answer === undefined ? '' : ', if it came to them'}`));
    const rows = route.backends.flatMap(({ name, weight, share, endpoints }) => {
      const first = [`  ${name}`, percent(share), paint('dim', `weight ${weight}`)];
      const places = endpoints.map((endpoint) => [
        `    ${endpoint.name}`,
        endpoints.length > 1 ? percent(endpoint.share) : '',
        endpoint.resolved ? '' : paint('red', 'this edge has no binding to it: 500 backend_unresolved'),
      ]);
      return [first, ...(places.length === 0 ? [['    no endpoint', '', paint('red', '503 no_endpoint')]] : places)];
    });
    lines.push(...columns(rows));
  }
  const { requestTimeoutMs, backendRequestTimeoutMs, retry } = route;
  const limit = (ms: number | undefined) => (ms === undefined ? 'no limit' : `${ms} ms`);
  lines.push(
    '',
    `${paint('dim', 'timeouts')}  ${limit(requestTimeoutMs)}, an attempt ${limit(backendRequestTimeoutMs)}`,
  );
  if (retry !== undefined) {
    const codes = retry.codes.length === 0 ? '' : ` and ${retry.codes.join(', ')}`;
    const unless = retry.applies ? '' : paint('yellow', ' (not this method)');
    lines.push(`${paint('dim', 'retries')}   ${retry.attempts} on connection errors${codes}${unless}`);
  }
  return lines;
}

function sentLines({ endpoint, method, url, headers }: NonNullable<Explanation['sent']>): string[] {
  const first = url === '' ? `${endpoint} is called: ${method}` : `${endpoint} is asked: ${method} ${url}`;
  return [paint('dim', first), ...headers.map(([name, value]) => `  ${name}: ${value}`)];
}

function trialLines(trials: readonly MatchTrial[]): string[] {
  const passed = trials.filter(({ failed }) => failed !== undefined);
  if (passed.length === 0) return [];
  const shown = passed
    .slice(0, mostTrials)
    .map(({ route, match, failed }) => [`  ${route}`, paint('dim', `match ${match + 1}: not ${failed}`)]);
  const more = passed.length > mostTrials ? [paint('dim', `  and ${passed.length - mostTrials} more`)] : [];
  return ['', paint('dim', 'passed over'), ...columns(shown), ...more];
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
