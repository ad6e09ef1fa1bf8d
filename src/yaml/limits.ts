/** Limits of a file, so that no file can hang or exhaust the reader. */
export const LIMITS = {
  /** Characters of a file. */
  size: 1 << 20,
  /** Nested lists and maps. */
  depth: 64,
  nodes: 100_000,
  /** Nodes that all aliases together expand to. */
  aliased: 10_000,
  /** Lexical tokens: more than any file within the other limits needs. */
  tokens: 1_000_000,
} as const;
