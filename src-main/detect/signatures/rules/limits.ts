/** What a file of rules may hold: far above any public set, low enough that a hostile file costs little. */
export const RULES_LIMITS = {
  fileBytes: 256 * 1024 * 1024,
  rules: 200_000,
  /** Refused rules that are listed; more are only counted. */
  refused: 10_000,
  ruleCharacters: 64 * 1024,
  options: 512,
  patternBytes: 8192,
  groupMembers: 10_000,
  groupDepth: 16,
  pcreCharacters: 8192,
} as const;
