/** Field -> its text, with the fields below it where it is an object, or a list or map of objects. */
export interface FieldTexts {
  readonly [field: string]: string | readonly [text: string, below: FieldTexts];
}
