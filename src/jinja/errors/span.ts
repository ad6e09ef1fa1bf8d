/** A range in the text of a template: offsets of its first character and of the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
