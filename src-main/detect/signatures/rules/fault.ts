/** Why a rule is not taken: the word of the rule it is about, and the reason in plain words. */
export class RuleFault extends Error {
  /** A keyword, or `rule`, `protocol`, `address`, `port` of the header. */
  readonly keyword: string;

  constructor(keyword: string, reason: string) {
    super(reason);
    this.name = 'RuleFault';
    this.keyword = keyword;
  }
}

/** A rule that was refused, as the report tells it. */
export interface RuleRefused {
  file: string;
  /** Of its first line, from 1. */
  line: number;
  /** 0 where none can be read. */
  sid: number;
  keyword: string;
  reason: string;
}
