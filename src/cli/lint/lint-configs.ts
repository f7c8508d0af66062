/** Lints wrangler configs beside the documents of their mesh. */

import type { Topology } from '../../core/configs/edge-config.ts';
import { readWorker } from '../../derive/configs/source-worker.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import { planMesh } from '../../derive/plan/plan.ts';
import type { Issue } from '../../model/findings/issue.ts';
import { authorisersNamed } from '../../model/references.ts';
import type { StoredDocument } from '../../model/sound-document.ts';
import { documentedService } from '../dev/registry/documents.ts';
import { CliFailure, exitCode } from '../failure.ts';
import { type LintedConfig, lintAroundEdges } from './around-edges.ts';
import { readConfigFiles } from './lint-files.ts';

export interface LintedConfigs {
  /** Undefined without configs: then nothing is known of what the mesh has. */
  readonly topology?: Topology;
  readonly issues: readonly Issue[];
}

export async function lintConfigs(
  paths: readonly string[],
  documents: readonly StoredDocument[],
  environment: string | undefined,
): Promise<LintedConfigs> {
  if (paths.length === 0) return { issues: [] };
  const files = await readConfigFiles(paths);
  const services = documents.flatMap((document) => (document.kind === 'service' ? [document.service] : []));
  try {
    const configs = await Promise.all(
      files
        .filter(({ edgeOf }) => edgeOf.length === 0)
        .map(
          async ({ file, text }): Promise<LintedConfig> => ({ file, text, read: await readWorker(file, environment) }),
        ),
    );
    const workers = configs.map(({ read }) => read.source);
    const mesh = documents.find((document) => document.kind === 'mesh')?.mesh;
    const ofMesh = authorisersNamed(mesh?.defaults?.access ?? {});
    const { topology } = planMesh({
      environment,
      workers,
      documents: services.map((document) => documentedService(document.service, document, ofMesh)),
      facts: {},
      authorisers: ofMesh,
    });
    const handMade = new Set(files.flatMap(({ edgeOf }) => edgeOf));
    return { topology, issues: lintAroundEdges({ configs, documents: services, mesh, handMade, environment }) };
  } catch (cause) {
    if (cause instanceof DerivationError) throw new CliFailure('derivation', cause.message, exitCode.findings);
    throw cause;
  }
}
