/** What files of Sigma rules may hold: far above any public set, low enough that a hostile file costs little. */
export const SIGMA_LIMITS = {
  fileBytes: 32 * 1024 * 1024,
  /** Files of one run, and how deep folders are looked into. */
  files: 50_000,
  folderDepth: 16,
  documentCharacters: 256 * 1024,
  /** Words, marks and blanks of one document. */
  lexemes: 50_000,
  rules: 50_000,
  /** Refused rules that are listed; more are only counted. */
  refused: 10_000,
  /** How often anchors of a document may be repeated, all in all. */
  aliases: 100,
  /** Maps and lists inside one another. */
  depth: 24,
  /** Values of one rule, of all its selections. */
  values: 5000,
  valueCharacters: 8192,
  /** Ways to write one value that `windash` makes. */
  spellings: 625,
  expressionCharacters: 4096,
  conditionCharacters: 16 * 1024,
  conditionDepth: 64,
  /** Events that a rule may ask for within its time. */
  counted: 10_000,
  groupBy: 16,
  correlated: 64,
} as const;
