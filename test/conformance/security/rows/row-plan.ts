import type { PlannedCase } from '../../suite.ts';

/** Plans the rows of a file, by its path in Istio's folder. */
export type RowPlan = (
  istioFolder: string,
  file: string,
) => Pick<PlannedCase, 'worlds' | 'probes'> & Partial<Pick<PlannedCase, 'notApplicable'>>;
