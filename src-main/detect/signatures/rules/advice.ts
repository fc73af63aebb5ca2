/** What whoever writes rules should know of them. */
import type { Rule } from './rule.ts';

/** Rules that no content leads to: they are looked at for every packet, stretch of a stream or transaction of their kind. */
export function rulesWithoutContent(rules: readonly Rule[]): { file: string; line: number; sid: number }[] {
  return rules
    .filter(
      (rule) =>
        !rule.fast && ['packet', 'stream', 'transaction'].includes(rule.trigger) && rule.decodeEvents.length === 0,
    )
    .map(({ file, line, sid }) => ({ file, line, sid }))
    .sort((a, b) => a.sid - b.sid);
}
