/** `frame`: pieces of a protocol's messages as they stood in the stream, of the protocols whose parsers keep them. */
import { frameBuffer, hasFrame } from '../../app/frames.ts';
import { RuleFault } from '../fault.ts';
import { appsOf, KNOWN_APPS, ofTransport } from '../protocols.ts';
import type { Keyword, KeywordTable } from './types.ts';

/** With the protocol's name before it, or without where the rule is of that protocol. @throws RuleFault */
function bufferOf(protocol: string, given: string): string {
  const apps = ofTransport(protocol) ? [] : appsOf(protocol).filter((app) => KNOWN_APPS.has(app));
  for (const app of apps.length > 0 ? apps : KNOWN_APPS) {
    const named = given.startsWith(`${app}.`) ? given.slice(app.length + 1) : '';
    if (hasFrame(app, named)) return frameBuffer(app, named);
  }
  const app = apps.find((one) => hasFrame(one, given));
  if (app !== undefined) return frameBuffer(app, given);
  throw new RuleFault('frame', `“${given.slice(0, 60)}” of ${protocol.slice(0, 40)} is not kept`);
}

const frame: Keyword = (draft, value) => draft.stick(bufferOf(draft.protocol, (value ?? '').trim().toLowerCase()));

export const FRAME_KEYWORDS: KeywordTable = [['frame', frame]];
