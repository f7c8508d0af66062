/** What a person must change before a mesh can be derived: their configs, not this program, are at fault. */
export class DerivationError extends Error {
  override readonly name = 'DerivationError';
}
