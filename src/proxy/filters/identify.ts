/**
 * Establishes who calls. On the mesh door the binding's props say so, and nothing else is looked at; on the public door a
 * token or a client certificate does, and one that is shown but does not hold refuses the call.
 */
import { MeshFailure } from '../../core/mesh-error.ts';
import { callerName, servicePrincipal } from '../../core/principal.ts';
import type { Call, FetchCall, Filter, Service } from '../call.ts';
import { withClientCert, withoutClientCert } from '../client-cert-header.ts';
import type { Deps, Identification } from '../deps.ts';

export function identify(deps: Deps): Filter {
  return (call, next) => {
    const snapshot = call.mounted?.snapshot;
    if (call.door === 'mesh') {
      const identified = { ...call, principal: servicePrincipal(snapshot?.mesh.trustDomain ?? '', call.caller ?? '') };
      // Where certificates count, the callee may believe that its edge alone tells of them.
      return next(snapshot?.mtls !== undefined && call.kind === 'fetch' ? withoutClientCert(identified) : identified);
    }
    return identifyPublic(deps, call as FetchCall, next);
  };
}

async function identifyPublic(deps: Deps, call: FetchCall, next: Service) {
  const snapshot = call.mounted?.snapshot;
  if (snapshot === undefined) throw new Error('The snapshot filter has not run.');
  const { bearer, request, host, lifetime } = call;
  const found: Identification = await deps.identities.identifyPublic({ bearer, request, host, snapshot, lifetime });
  if (found.kind === 'invalid') throw new MeshFailure({ code: 'invalid_token', detail: found.detail });
  const identified: Call =
    found.kind === 'anonymous' ? call : { ...call, principal: found.principal, claims: found.claims ?? null };
  identified.record.caller = callerName(snapshot.mesh.trustDomain, identified.principal);
  const { certificate } = found;
  return next(certificate === undefined ? identified : withClientCert(identified, snapshot.principal, certificate));
}
