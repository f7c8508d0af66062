/** What is doubtful about access rules, each looked at by itself. */
import { closestName } from '../../core/closest-name.ts';
import { declaredPrincipals } from '../../core/principals/principal-match.ts';
import { isOver } from '../access-map/prepare-service.ts';
import type { PathKey } from '../findings/issue.ts';
import type { DocumentRule } from '../schema/access.ts';
import { type AccessSection, entriesOf } from './access-section.ts';
import { lintCode, type Warn } from './lint-code.ts';

type Path = readonly PathKey[];

/** Headers by which somebody proves who he is. */
const secretHeader = /^(?:authorization|proxy-authorization|cookie)$|api-?key|secret|token|password/i;

/** Findings about the rules of one section. Without `nowMs` nothing is said about time. */
export function lintAccessRules(section: AccessSection, nowMs: number | undefined, warn: Warn): void {
  for (const [name, provider] of Object.entries(section.described)) {
    const { service, addHeaders = {} } = provider;
    if (!section.asked.has(name))
      warn(
        lintCode.unusedProvider,
        [...section.at, 'providers', name],
        `no rule of action custom names ${name}, so it is never asked`,
        'a rule with it, or no provider',
      );
    for (const header of Object.keys(addHeaders).filter((one) => secretHeader.test(one))) {
      warn(
        lintCode.secretInDocument,
        [...section.at, 'providers', name, 'addHeaders', header],
        `documents are no place for secrets, and ${header} looks like one: whoever may read KV or control sees it`,
        'no header; an authoriser behind a binding needs none, and a Worker in between can add what a URL asks for',
      );
    }
    if (service === undefined || section.known.includes(service)) continue;
    const meant = closestName(service, section.known);
    warn(
      lintCode.unresolvedService,
      [...section.at, 'providers', name, 'service'],
      `${service} is no service of this mesh, so calls about which ${name} is asked are refused`,
      meant ?? '',
    );
  }
  const allows = section.rules.filter(({ action }) => action === 'allow').length;
  section.rules.forEach((rule, index) => {
    const at = [...section.at, 'rules', index];
    lintProvider(rule, at, section, warn);
    if (nowMs !== undefined) lintWindows(rule, at, nowMs, warn);
    // Beside rules that admit others, one for Workers that may come to bind the service is no mistake.
    if (allows === 1 && rule.action === 'allow') lintNobody(rule, at, section, warn);
    if (rule.action === 'deny') lintWidening(rule, at, warn);
    if (rule.name !== undefined && section.rules.findIndex(({ name }) => name === rule.name) < index)
      warn(
        lintCode.sameName,
        [...at, 'name'],
        `another rule is named ${rule.name} too, so that traces and metrics do not tell them apart`,
      );
  });
}

function lintProvider({ provider }: DocumentRule, at: Path, { providers }: AccessSection, warn: Warn): void {
  if (provider === undefined || providers === undefined || providers.includes(provider)) return;
  warn(
    lintCode.unknownProvider,
    [...at, 'provider'],
    `there is no provider ${provider}, so every call that the rule matches is refused`,
    providers.length === 0 ? 'an entry of access.providers' : `one of ${providers.join(', ')}`,
  );
}

function lintWindows({ during, action }: DocumentRule, at: Path, nowMs: number, warn: Warn): void {
  const windows = entriesOf(during, [...at, 'during']);
  const all = windows.map(([window]) => window);
  if (isOver(all, nowMs)) {
    const rest = action === 'allow' ? ', and still shuts out whom no other allow rule lets in' : '';
    warn(lintCode.windowOver, [...at, 'during'], `the rule's time is over: it matches nothing any more${rest}`);
    return;
  }
  for (const [window, here] of windows) {
    if (isOver([window], nowMs)) warn(lintCode.windowOver, here, 'this time is over');
  }
}

function lintNobody({ from }: DocumentRule, at: Path, { service, declared }: AccessSection, warn: Warn): void {
  if (declared?.length !== 0) return;
  for (const [{ principals }, here] of entriesOf(from, [...at, 'from'])) {
    if (principals?.every((principal) => principal === declaredPrincipals))
      warn(
        lintCode.nobodyAllowed,
        [...here, 'principals'],
        `no Worker was given a binding to ${service}, so this allows nobody`,
      );
  }
}

/** What no RPC call can say, or only where its journey carries it. */
const unsaidKey = /^(?:request\.headers\[|destination\.port$)/;

function lintWidening({ to, when = [] }: DocumentRule, at: Path, warn: Warn): void {
  // Where operations are named, what is said of them suffices.
  const asked = to === undefined ? when.findIndex(({ key }) => unsaidKey.test(key)) : -1;
  if (asked >= 0)
    warn(
      lintCode.denyWidens,
      [...at, 'when', asked, 'key'],
      'an RPC call has no port and only the headers that its journey carries, so this denies every RPC call without it as well',
      'to, with paths and with the RPC methods that are meant',
    );
  for (const [target, here] of entriesOf(to, [...at, 'to'])) {
    if (target.rpc === undefined && target.notRpc === undefined)
      warn(
        lintCode.denyWidens,
        here,
        'an RPC call has no path, HTTP method, host or port, so this denies every RPC call of these callers as well',
        'rpc, if only some RPC methods are meant',
      );
  }
}
