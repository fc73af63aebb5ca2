/** Every keyword of the subset. What is not here refuses its rule. */
import { BUFFER_KEYWORDS } from './buffers.ts';
import { CONTENT_KEYWORDS } from './content.ts';
import { FLOW_KEYWORDS } from './flow.ts';
import { META_KEYWORDS } from './meta.ts';
import { FRAME_KEYWORDS } from './frame.ts';
import { MODBUS_KEYWORDS } from './modbus.ts';
import { PACKET_KEYWORDS } from './packet.ts';
import { RATE_KEYWORDS } from './rate.ts';
import { SPECIAL_KEYWORDS } from './special.ts';
import type { Keyword } from './types.ts';
import { VALUE_KEYWORDS } from './values.ts';

/** A name may mean a sticky buffer or, after a content, say which buffer it is about: the latter is listed later. */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ...META_KEYWORDS,
  ...CONTENT_KEYWORDS,
  ...FLOW_KEYWORDS,
  ...RATE_KEYWORDS,
  ...PACKET_KEYWORDS,
  ...BUFFER_KEYWORDS,
  ...SPECIAL_KEYWORDS,
  ...MODBUS_KEYWORDS,
  ...FRAME_KEYWORDS,
  ...VALUE_KEYWORDS,
]);
