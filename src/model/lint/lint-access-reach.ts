/** What the who-may-call-whom matrix shows of a mesh: whom rules shut out, whom they let in unseen, and which of them are for nobody. */
import { type AccessCell, accessCell } from '../access-map/access-cell.ts';
import { type MapCaller, outsideCaller } from '../access-map/callers.ts';
import { cellWords } from '../access-map/cell-words.ts';
import { mayMatch } from '../access-map/known-of-caller.ts';
import { type AccessMapInput, type PreparedMesh, prepareMesh } from '../access-map/prepare-mesh.ts';
import type { PreparedRule, PreparedService } from '../access-map/prepare-service.ts';
import type { RuleCondition } from '../access-map/rule-conditions.ts';
import { publicHosts } from '../references.ts';
import { lintCode, type Warn } from './lint-code.ts';

/** Findings about all documents; what needs to know who binds whom is left out where nobody knows. `warnAbout` is told the document's key. */
export function lintAccessReach(input: AccessMapInput, warnAbout: (key: string) => Warn): void {
  const mesh = prepareMesh(input);
  for (const service of mesh.services) {
    const warn = warnAbout(`service/${service.document.service}`);
    lintCover(service, mesh, warn);
    lintException(service, input, warn);
    lintAnonymous(service, warn);
    lintProofs(service, warn);
    if (input.topology === undefined) continue;
    lintShutOut(service, warn);
    lintDryRun(service, warn);
    for (const rule of service.rules) {
      if (rule.placed.source === 'service') lintMatches(service, rule, mesh, warn);
    }
  }
  if (input.topology !== undefined) lintMeshRules(mesh, warnAbout('mesh'));
}

const isPublic = ({ document }: PreparedService) => publicHosts(document).length > 0;

/** Only where a mesh has access rules at all is a service without any perhaps forgotten; an empty section says that it is not. */
function lintCover(service: PreparedService, { services }: PreparedMesh, warn: Warn): void {
  const { document, inForce } = service;
  if (!isPublic(service) || inForce.rules.length > 0 || inForce.deniesByDefault || document.access !== undefined)
    return;
  if (!services.some((one) => one.inForce.rules.length > 0)) return;
  warn(
    lintCode.uncoveredPublic,
    ['public'],
    `${document.service} is public, and no access rule covers it: everybody may call all of it`,
    'access rules, or `access: {}` where that is meant',
  );
}

function lintException({ document, inForce }: PreparedService, { mesh }: AccessMapInput, warn: Warn): void {
  const ofMesh = mesh?.defaults?.access;
  if (inForce.inherits || ofMesh === undefined) return;
  const parts = [
    ...inForce.turnedOff,
    ...(ofMesh.mode === undefined || document.access?.mode !== undefined ? [] : [`mode: ${ofMesh.mode}`]),
    ...(ofMesh.default === undefined || document.access?.default !== undefined ? [] : [`default: ${ofMesh.default}`]),
  ];
  if (parts.length === 0) return;
  warn(
    lintCode.accessException,
    ['access', 'inherit'],
    `${document.service} is an exception: it leaves out ${parts.join(', ')} of the mesh document`,
  );
}

/** Rules by caller are for callers who say who they are; permissive mode lets others come to the rules. */
function lintAnonymous(service: PreparedService, warn: Warn): void {
  const { document, inForce, aboutCaller } = service;
  if (!isPublic(service) || inForce.mode === 'strict' || !aboutCaller.some(({ negated }) => !negated)) return;
  const cell = accessCell(service, outsideCaller);
  if (cell.verdict === 'none') return;
  warn(
    lintCode.anonymousPasses,
    inForce.modeFrom === 'service' ? ['access', 'mode'] : ['access'],
    `${document.service} is permissive, so callers from outside who prove no identity come to its rules and pass (${cell.verdict}: ${cellWords(cell)})`,
    'mode: strict once every caller proves who it is; until then, traces without a caller show who does not',
  );
}

/** From outside nobody has another proof than a token that the identity Worker, or that of a federated mesh, made for a service. */
function lintProofs({ document, inForce, issuers }: PreparedService, warn: Warn): void {
  if (publicHosts(document).length === 0 || inForce.mode !== 'strict') return;
  if (issuers.length > 0 || document.authentication?.mtls !== undefined) return;
  warn(
    lintCode.onlyMeshTokens,
    inForce.modeFrom === 'service' ? ['access', 'mode'] : ['public'],
    `${document.service} is public and strict, and takes neither tokens of end users nor client certificates: from outside only services with a token of the mesh get in`,
    'authentication.jwt or authentication.mtls where others are to get in, or mode: permissive where everybody is',
  );
}

function boundCells(service: PreparedService): (readonly [caller: string, cell: AccessCell])[] {
  return service.declared.map((name) => [name, accessCell(service, { kind: 'service', name })]);
}

function lintShutOut(service: PreparedService, warn: Warn): void {
  const { document, inForce, declared } = service;
  const shut = boundCells(service).filter(([, { verdict }]) => verdict === 'none');
  if (shut.length === 0) return;
  const names = shut.map(([name]) => name).join(', ');
  const many = shut.length > 1;
  const why = [...new Set(shut.map(([, cell]) => cellWords({ ...cell, shadow: undefined, audits: [] })))].join(', ');
  const binds = `${names} ${many ? 'bind' : 'binds'} ${document.service}, and none of ${many ? 'their' : 'its'} calls passes: ${why}`;
  const ownAllow = inForce.rules.some(({ source, rule }) => source === 'service' && rule.action === 'allow');
  if (shut.length === declared.length && !ownAllow && inForce.rules.some(({ source }) => source === 'mesh')) {
    warn(
      lintCode.meshShutsOut,
      document.access === undefined ? ['service'] : ['access'],
      `the mesh's defaults shut ${document.service} off from all who bind it: ${binds}`,
      'a rule of its own that allows them, or `inherit: false`',
    );
    return;
  }
  warn(
    lintCode.shutOut,
    ['access'],
    `${binds}${ownAllow ? '; where there are allow rules, what matches none of them is refused' : ''}`,
    'a rule that allows them, or dryRun: true on the rules until no trace shows a call that would be refused',
  );
}

const generosity = { none: 0, custom: 1, some: 2, all: 3 } as const;

function lintDryRun(service: PreparedService, warn: Warn): void {
  const outside = isPublic(service) ? [['outside', accessCell(service, outsideCaller)] as const] : [];
  const lose = [...boundCells(service), ...outside].flatMap(([name, { verdict, shadow }]) =>
    shadow !== undefined && generosity[shadow.verdict] < generosity[verdict]
      ? [{ text: `${name} (${verdict}, then ${shadow.verdict})`, rules: shadow.rules }]
      : [],
  );
  if (lose.length === 0) return;
  warn(
    lintCode.dryRunRefuses,
    ['access'],
    `if ${[...new Set(lose.flatMap(({ rules }) => rules))].join(', ')} counted, calls would be refused of ${lose.map(({ text }) => text).join(', ')}`,
    'rules for them, before dryRun is taken away; the metric `shadow` counts such calls',
  );
}

/** A rule that matches no caller of the matrix; what else is wrong with it is said where that is found. */
function lintMatches(service: PreparedService, rule: PreparedRule, { callers }: PreparedMesh, warn: Warn): void {
  const { placed } = rule;
  const from = conditionsOf(rule);
  if (!isPublic(service) && from.some((condition) => asksPlace(condition))) {
    warn(
      lintCode.addressInside,
      [...placed.at],
      `${service.document.service} is not public, and calls inside the mesh come from no address and no place: ${placed.rule.name} can match none`,
    );
    return;
  }
  // That nobody looks at tokens is said where that is found.
  if (service.issuers.length === 0 && from.some(({ field }) => field === 'requestPrincipals')) return;
  const met = callers.filter((caller) => mayCome(service, caller) && mayMatch(service, rule, caller));
  const asked = [...new Set(from.map(({ words }) => words))].join(', ');
  // Callers without an identity come by the local hosts of development, and to a service that gets a public host later.
  if (met.length === 0 && !isForDeclared(from) && !mayMatch(service, rule, outsideCaller)) {
    warn(
      lintCode.neverMatches,
      [...placed.at],
      `no caller that this mesh knows of can match the rule ${placed.rule.name} (${asked})`,
    );
    return;
  }
  if (placed.rule.action !== 'audit') return;
  if (met.some(({ kind, name }) => kind !== 'service' || service.declared.includes(name))) return;
  warn(
    lintCode.auditsNobody,
    [...placed.at],
    `none of those who bind ${service.document.service} can match the rule ${placed.rule.name}, so it marks nothing`,
  );
}

/** Rules of the mesh that match nobody at any service that takes them. */
function lintMeshRules({ services, callers }: PreparedMesh, warn: Warn): void {
  const places = new Map<string, boolean>();
  for (const service of services) {
    for (const rule of service.rules) {
      if (rule.placed.source !== 'mesh') continue;
      const key = JSON.stringify(rule.placed.at);
      const met = places.get(key) === true || isForDeclared(conditionsOf(rule));
      places.set(key, met || callers.some((caller) => mayCome(service, caller) && mayMatch(service, rule, caller)));
    }
  }
  for (const [key, met] of places) {
    if (!met)
      warn(
        lintCode.neverMatches,
        JSON.parse(key),
        'no caller that this mesh knows of can match the rule at any service',
      );
  }
}

function mayCome(service: PreparedService, { kind }: MapCaller): boolean {
  return kind === 'service' || isPublic(service);
}

/** What `from` asks; the same for both protocols. */
function conditionsOf({ parts }: PreparedRule): readonly RuleCondition[] {
  return parts.fetch.filter(({ part }) => part === 'from').flatMap(({ entries }) => entries.flat());
}

/** Workers may come to bind a service; a rule for those who do is no mistake before. */
function isForDeclared(conditions: readonly RuleCondition[]): boolean {
  return conditions.some(({ values }) => values.includes('declared'));
}

function asksPlace({ field, negated }: RuleCondition): boolean {
  return !negated && ['ipBlocks', 'remoteIpBlocks', 'geo'].includes(field);
}
