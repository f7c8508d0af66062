/** The mesh's own document under construction. */
import type { Issue } from '../../model/findings/issue.ts';
import type { MeshDocument } from '../../model/schema/mesh.ts';
import type { Located } from '../manifests/located.ts';
import { AccessDraft } from './access-draft.ts';
import { lossesOf } from './draft.ts';

export class MeshDraft {
  readonly access = new AccessDraft();
  readonly comments: string[] = [];
  readonly settings: Pick<MeshDocument, 'trustDomain' | 'trustDomainAliases'> = {};
  normalization: NonNullable<MeshDocument['defaults']>['normalization'];
  /** The first object that had something to say of the mesh. */
  origin: Located | undefined;

  remark(found: readonly Issue[]): void {
    this.comments.push(...lossesOf(found));
  }

  /** The document; `undefined` where there is nothing to say. */
  value(): MeshDocument | undefined {
    const access = this.access.access();
    const authentication = this.access.authentication();
    const defaults = {
      ...(this.normalization === undefined ? {} : { normalization: this.normalization }),
      ...(access === undefined ? {} : { access }),
      ...(authentication === undefined ? {} : { authentication }),
    };
    const value = { ...this.settings, ...(Object.keys(defaults).length === 0 ? {} : { defaults }) };
    return Object.keys(value).length === 0 ? undefined : value;
  }
}
