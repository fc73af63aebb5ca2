/** `pcrexform`: the first group that a pattern captures stands for the buffer. */
import { RE2JS } from 're2js';
import { RuleFault } from '../rules/fault.ts';
import { unquote } from '../rules/tokens.ts';
import type { Transform } from './transforms.ts';

/** @throws RuleFault */
export function pcreTransform(value: string | undefined): Transform {
  const { text } = unquote(value ?? '');
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(text, RE2JS.DISABLE_UNICODE_GROUPS);
  } catch (error) {
    throw new RuleFault('pcrexform', `not possible in linear time: ${error instanceof Error ? error.message : ''}`);
  }
  return (bytes) => {
    const matcher = pattern.matcher(Buffer.from(bytes).latin1Slice());
    if (!matcher.find()) return bytes;
    const group = matcher.groupCount() > 0 ? matcher.group(1) : matcher.group();
    return group === null ? bytes : Buffer.from(group, 'latin1');
  };
}
