/** RequestAuthentications, joined for each document that they are about. */

import type { ImportContext } from '../../context.ts';
import type { AccessDraft } from '../../documents/access-draft.ts';
import type { AccessRule } from '../../documents/document-types.ts';
import type { Draft } from '../../documents/draft.ts';
import { isLoss } from '../../import-issue.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { PolicyTargets } from './policy-targets.ts';
import { byIssuer, readRequestAuthentication } from './request-authentication.ts';

/** An issuer that could not be carried over, and the rules that may be about its tokens. */
export interface LostIssuers {
  readonly manifest: Manifest;
  readonly about: readonly AccessDraft[];
}

type Receiver = Pick<Draft, 'access' | 'remark'>;

/** Imports RequestAuthentications; answers what of them is lost. */
export function importIssuers(
  manifests: readonly Manifest[],
  targets: PolicyTargets,
  context: ImportContext,
): LostIssuers[] {
  const { mesh, drafts, report, keyAddresses } = context;
  const changed = new Set<AccessDraft>();
  const lost: LostIssuers[] = [];
  for (const manifest of manifests) {
    const { value: issuers, found } = report.during(() => readRequestAuthentication(manifest, keyAddresses));
    const isForAll = targets.levelOf(manifest) === 'mesh';
    if (isForAll) mesh.origin ??= manifest.root;
    const receivers: readonly Receiver[] = isForAll ? [mesh] : targets.of(manifest, false).map(({ draft }) => draft);
    for (const receiver of receivers) {
      receiver.access.issuers.push(...issuers);
      receiver.remark(found);
      changed.add(receiver.access);
    }
    const others = isForAll ? [...drafts.values()] : [mesh];
    if (found.some(isLoss)) lost.push({ manifest, about: [...receivers, ...others].map(({ access }) => access) });
  }
  for (const { issuers } of changed) issuers.sort(byIssuer);
  return lost;
}

/** A rule that refuses by what tokens say would refuse nobody any more whose tokens are not read. */
export function tellUnreadTokens(lost: readonly LostIssuers[]): void {
  for (const { manifest, about } of lost)
    if (about.some(({ rules }) => rules.some(({ value }) => refusesByToken(value))))
      manifest.root.opens('a rule refuses by what tokens say, and those of one of these issuers would not be read');
}

function refusesByToken({ action, from = [], when = [] }: AccessRule): boolean {
  if (action === 'allow' || action === 'audit') return false;
  const isAsked = [from].flat().some(({ requestPrincipals }) => requestPrincipals !== undefined);
  return isAsked || when.some(({ key, values }) => key.startsWith('request.auth') && values !== undefined);
}
