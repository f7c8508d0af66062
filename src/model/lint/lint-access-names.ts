/** What is doubtful about the callers that access rules name: services that nobody has, patterns that take more than they seem to. */
import { closestName } from '../../core/closest-name.ts';
import { declaredPrincipals, isWholePrincipal, meshService } from '../../core/principals/principal-match.ts';
import type { PathKey } from '../findings/issue.ts';
import type { DocumentRule } from '../schema/access.ts';
import { type AccessSection, entriesOf } from './access-section.ts';
import { lintCode, type Warn } from './lint-code.ts';

type Path = readonly PathKey[];

/** Findings about the names in one section. */
export function lintAccessNames(section: AccessSection, warn: Warn): void {
  section.rules.forEach((rule, index) => {
    const at = [...section.at, 'rules', index];
    for (const [names, place] of namesIn(rule, at)) {
      names.forEach((name, position) => {
        lintName(name, [...place, position], section, warn);
      });
    }
    for (const [from, here] of entriesOf(rule.from, [...at, 'from'])) {
      lintDeclared(from.principals ?? [], [...here, 'principals'], section, warn);
      if (rule.action !== 'allow') continue;
      lintWide(from.principals ?? [], [...here, 'principals'], section, warn);
      lintWide(from.services ?? [], [...here, 'services'], section, warn);
    }
  });
}

/** Every list of principals or services in a rule. */
function namesIn({ from, when = [] }: DocumentRule, at: Path): (readonly [names: readonly string[], at: Path])[] {
  const fields = ['principals', 'notPrincipals', 'services', 'notServices'] as const;
  return [
    ...entriesOf(from, [...at, 'from']).flatMap(([entry, here]) =>
      fields.map((field) => [entry[field] ?? [], [...here, field]] as const),
    ),
    ...when.flatMap(({ key, values = [], notValues = [] }, index) =>
      key === 'source.principal' || key === 'source.service'
        ? [
            [values, [...at, 'when', index, 'values']] as const,
            [notValues, [...at, 'when', index, 'notValues']] as const,
          ]
        : [],
    ),
  ];
}

function lintName(name: string, at: Path, { known, trustDomains }: AccessSection, warn: Warn): void {
  const service = namedService(name, trustDomains);
  if (service === undefined || known.includes(service)) return;
  const meant = closestName(service, known);
  warn(lintCode.unknownPrincipal, at, `${service} is no service of this mesh`, meant ?? '');
}

/** The service that a pattern names exactly, if it does. */
function namedService(name: string, trustDomains: readonly string[]): string | undefined {
  if (name.includes('*') || name === declaredPrincipals) return undefined;
  return isWholePrincipal(name) ? meshService(name, trustDomains) : name;
}

/** Names are written out to narrow `declared`; beside it they add nothing, or somebody who has no way to call. */
function lintDeclared(names: readonly string[], at: Path, { declared, trustDomains }: AccessSection, warn: Warn): void {
  if (declared === undefined || !names.includes(declaredPrincipals)) return;
  names.forEach((name, position) => {
    const service = namedService(name, trustDomains);
    if (service === undefined) return;
    warn(
      lintCode.declaredAndNames,
      [...at, position],
      declared.includes(service)
        ? `${service} has a binding, so it is among the declared callers already`
        : `${service} has no binding to this service, so naming it beside declared lets nobody in`,
      'declared alone, or the names alone where only some of the declared callers may call',
    );
  });
}

/** `orders*` is meant for `orders-eu` and takes `orders-evil`, and `ordersomething` too. */
function lintWide(patterns: readonly string[], at: Path, { known }: AccessSection, warn: Warn): void {
  patterns.forEach((pattern, position) => {
    const stem = pattern.slice(0, -1);
    if (!pattern.endsWith('*') || stem === '' || isWholePrincipal(stem) || /[-_]$/.test(stem)) return;
    const taken = known.filter((service) => service.startsWith(stem));
    const now = taken.length === 0 ? 'none now' : `now ${taken.join(', ')}`;
    warn(
      lintCode.widePattern,
      [...at, position],
      `${pattern} takes every service whose name begins with ${stem} (${now}), also one that somebody deploys as ${stem}-evil`,
      'the names, or a prefix that ends with - and is given to nobody else',
    );
  });
}
