/** The form that uploads a Worker, taken apart. */
import type { UploadedModule, UploadMetadata } from './account-state.ts';
import { type ApiCall, formParts } from './api-call.ts';
import { badRequest } from './api-failure.ts';

const sourceMapType = 'application/source-map';

export interface Upload {
  readonly metadata: UploadMetadata;
  readonly modules: readonly UploadedModule[];
  readonly sourceMaps: readonly UploadedModule[];
}

export async function readUpload(call: ApiCall): Promise<Upload> {
  const parts = await formParts(call);
  const metadata = parts.find(({ name }) => name === 'metadata');
  if (metadata === undefined) throw badRequest('The upload has no part "metadata".');
  const files = parts.filter((part) => part !== metadata);
  return {
    metadata: JSON.parse(metadata.contents.toString()) as UploadMetadata,
    modules: files.filter(({ type }) => type !== sourceMapType),
    sourceMaps: files.filter(({ type }) => type === sourceMapType),
  };
}
