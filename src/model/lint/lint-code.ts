/** What lint can find, and how its parts report it. */
import type { PathKey } from '../findings/issue.ts';

/** Codes of lint. Control says of a document with some of them that it is unresolved. */
export const lintCode = {
  unresolvedWorker: 'SV0101',
  unknownService: 'SV0102',
  missingDocument: 'SV0103',
  duplicateDocument: 'SV0104',
  unreachableRoute: 'SV0105',
  duplicateMatch: 'SV0106',
  loneWeight: 'SV0107',
  noWeight: 'SV0108',
  unusedVersion: 'SV0109',
  noEffect: 'SV0110',
  unknownPrincipal: 'SV0111',
  nobodyAllowed: 'SV0112',
  denyWidens: 'SV0113',
  bindingPastEdge: 'SV0114',
  bindingToVersion: 'SV0115',
  objectPastEdge: 'SV0116',
  remoteBinding: 'SV0117',
  dispatchPastEdge: 'SV0118',
  publicPastEdge: 'SV0119',
  strictPublic: 'SV0120',
  versionForRpc: 'SV0121',
  noPreflight: 'SV0122',
  unresolvedService: 'SV0123',
  hostTaken: 'SV0124',
  egressDenied: 'SV0125',
  widerHostFirst: 'SV0126',
  onlyOutside: 'SV0127',
  neverHolds: 'SV0128',
  hostWithoutListener: 'SV0129',
  unusedListener: 'SV0130',
  redirectLoop: 'SV0131',
  anyAudience: 'SV0132',
  noIssuer: 'SV0133',
  tokenOptional: 'SV0134',
  mtlsWithoutHost: 'SV0140',
  subjectOfMesh: 'SV0141',
  certificateTaken: 'SV0142',
  subjectForm: 'SV0143',
  uncoveredPublic: 'SV0150',
  neverMatches: 'SV0151',
  shutOut: 'SV0152',
  anonymousPasses: 'SV0153',
  dryRunRefuses: 'SV0154',
  unknownProvider: 'SV0155',
  declaredAndNames: 'SV0156',
  accessException: 'SV0157',
  widePattern: 'SV0158',
  addressInside: 'SV0159',
  windowOver: 'SV0160',
  auditsNobody: 'SV0161',
  meshShutsOut: 'SV0162',
  asksItself: 'SV0163',
  sameName: 'SV0164',
  onlyMeshTokens: 'SV0165',
  secretInDocument: 'SV0166',
  unusedProvider: 'SV0167',
} as const;

/** Findings that are errors: what the document asks for cannot be done at all. */
export const lintErrors: ReadonlySet<string> = new Set([lintCode.versionForRpc, lintCode.egressDenied]);

/** Findings that need nobody to do anything: what to know of a mesh. All others are warnings. */
export const lintNotes: ReadonlySet<string> = new Set([
  lintCode.uncoveredPublic,
  lintCode.anonymousPasses,
  lintCode.accessException,
  lintCode.onlyMeshTokens,
]);

/** Findings that are only true of a whole mesh: documents that are looked at by themselves may have them for want of the others. */
export const lintOfWhole: ReadonlySet<string> = new Set([
  lintCode.unknownPrincipal,
  lintCode.unknownProvider,
  lintCode.unusedProvider,
  lintCode.uncoveredPublic,
  lintCode.neverMatches,
  lintCode.auditsNobody,
]);

/** Adds a finding about the document at hand. */
export type Warn = (code: string, path: readonly PathKey[], message: string, expected?: string) => void;
