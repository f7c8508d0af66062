/** What rules say that decide nothing: audit, and dry runs. No answer shows it, so the rules of the imported document are asked. */
import { accessDecision } from '../../../src/core/access/decide.ts';
import { effectiveAccess } from '../../../src/model/compile/compile-access.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import { fetchFacts } from '../../core/access/facts.ts';
import type { Json } from '../world/world.ts';
import type { SecurityRequest } from './security-case.ts';

/** Findings about a request from nobody known; none where the case does not ask. */
export function silentFindings(request: SecurityRequest, document: Json | undefined): string[] {
  const { audit, dryRunDeny, method = 'GET', path = '/' } = request;
  if (audit === undefined && dryRunDeny === undefined) return [];
  const access = effectiveAccess(document?.access as ServiceDocument['access'], undefined);
  if (access === undefined) return ['the document has no rules'];
  const decide = accessDecision({ ...access, trustDomains: ['cluster.local'], declared: [] });
  const verdict = decide(fetchFacts({ method, path, principal: null, caller: '' }), Date.now());
  return [
    ...(audit === undefined ? [] : differs('watched', verdict.audit !== undefined, audit)),
    ...(dryRunDeny === undefined ? [] : differs('denied by a dry run', verdict.shadow?.allowed === false, dryRunDeny)),
  ];
}

function differs(what: string, got: boolean, wanted: boolean): string[] {
  return got === wanted ? [] : [`${what}: ${got}, expected ${wanted}`];
}
