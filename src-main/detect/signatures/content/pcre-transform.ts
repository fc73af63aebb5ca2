/** `pcrexform`: the first group that a pattern captures stands for the buffer. */
import { RE2JS } from 're2js';
import type { Terms } from '../expression/allowance.ts';
import { RuleFault } from '../rules/fault.ts';
import { RULES_LIMITS } from '../rules/limits.ts';
import { unquote } from '../rules/tokens.ts';
import { expressionOf } from './pcre.ts';
import { PLACE } from './run.ts';
import type { Transform } from './transforms.ts';

/** @throws RuleFault */
export function pcreTransform(value: string | undefined, terms: Terms): Transform {
  const { text } = unquote(value ?? '');
  if (text.length > RULES_LIMITS.pcreCharacters) throw new RuleFault('pcrexform', 'longer than a pattern may be');
  const expression = expressionOf('pcrexform', text, RE2JS.DISABLE_UNICODE_GROUPS, terms);
  return (bytes, run) => {
    const seen = bytes.subarray(0, expression.reach);
    const letters = Buffer.from(seen.buffer, seen.byteOffset, seen.length).latin1Slice();
    if (!run.pay(seen.length * expression.weight * PLACE)) return null;
    const matcher = expression.program.matcher(letters);
    if (!matcher.find()) {
      if (seen.length < bytes.length) run.cut++;
      return bytes;
    }
    const group = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
    return group === null ? bytes : Buffer.from(group, 'latin1');
  };
}
