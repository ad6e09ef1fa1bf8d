/** What a file may hold, so that no file can hang or exhaust the reader. */
export const LIMITS = {
  /** Characters of a file. */
  size: 1 << 20,
  /** Lists and maps in each other. */
  depth: 64,
  nodes: 100_000,
  /** Nodes that aliases stand for, all together. */
  aliased: 10_000,
  /** Lexical tokens: more than any file within the other limits needs. */
  tokens: 1_000_000,
} as const;
