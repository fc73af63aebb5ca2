/** `frame`: pieces of a protocol's messages as they stood in the stream, of the protocols whose parsers keep them. */
import { RuleFault } from '../fault.ts';
import { appsOf } from '../protocols.ts';
import type { Keyword, KeywordTable } from './types.ts';

/** By protocol; buffers are called `frame.<protocol>.<name>`. */
const FRAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['enip', ['pdu', 'hdr', 'data', 'cip', 'enip.item']],
  ['mqtt', ['pdu', 'header', 'data']],
]);

/** With the protocol's name before it, or without where the rule is of that protocol. @throws RuleFault */
function bufferOf(protocol: string, given: string): string {
  for (const app of appsOf(protocol)) {
    const names = FRAMES.get(app);
    const plain = given.startsWith(`${app}.`) && !names?.includes(given) ? given.slice(app.length + 1) : given;
    if (names?.includes(plain)) return `frame.${app}.${plain}`;
  }
  throw new RuleFault('frame', `“${given.slice(0, 60)}” of ${protocol.slice(0, 40)} is not kept`);
}

const frame: Keyword = (draft, value) => draft.stick(bufferOf(draft.protocol, (value ?? '').trim().toLowerCase()));

export const FRAME_KEYWORDS: KeywordTable = [['frame', frame]];
