/** CIP requests and answers (ODVA CIP, volume 1), with those inside a multiple service packet. */
import { le16, le32, u8 } from '../bytes.ts';
import type { Side } from '../side.ts';

const MULTIPLE = 0x0a;
const ATTRIBUTE_LIST = 3;
const DEPTH_MAX = 3;
const SERVICES_MAX = 64;

/** Told of a frame by its name, where rules ask for frames. */
export type TellFrame = (name: string, bytes: Uint8Array) => void;

/** Adds what a message says; nothing where it is too short. */
export function addCip(side: Side, data: Uint8Array, depth: number, tell: TellFrame): void {
  if (data.length < 2) return;
  tell('enip.cip', data);
  const answer = (data[0]! & 0x80) !== 0;
  const service = data[0]! & 0x7f;
  side.number('cip_service', service);
  if (answer) {
    side
      .number('enip.cip_status', u8(data, 2))
      .number('enip.cip_extendedstatus', u8(data, 3) > 0 ? le16(data, 4) : null);
    if (service === MULTIPLE) several(side, data.subarray(4 + 2 * Math.max(0, u8(data, 3))), depth, tell);
    return;
  }
  const end = 2 + 2 * data[1]!;
  path(side, data.subarray(2, end));
  if (service === MULTIPLE) several(side, data.subarray(end), depth, tell);
  else if (service === ATTRIBUTE_LIST) attributes(side, data.subarray(end));
}

/** Get_Attribute_List asks for several. */
function attributes(side: Side, data: Uint8Array): void {
  const count = Math.min(SERVICES_MAX, le16(data, 0), Math.floor((data.length - 2) / 2));
  for (let i = 0; i < count; i += 1) side.number('enip.cip_attribute', le16(data, 2 + 2 * i));
}

function several(side: Side, data: Uint8Array, depth: number, tell: TellFrame): void {
  const count = Math.min(SERVICES_MAX, le16(data, 0));
  if (depth >= DEPTH_MAX) return;
  for (let i = 0; i < count; i += 1) {
    const from = le16(data, 2 + 2 * i);
    const to = i + 1 < count ? le16(data, 4 + 2 * i) : data.length;
    if (from > 0 && to > from) addCip(side, data.subarray(from, to), depth + 1, tell);
  }
}

/** Logical segments by type: class, instance, attribute. */
const SEGMENTS: ReadonlyMap<number, string> = new Map([
  [0x20, 'enip.cip_class'],
  [0x24, 'enip.cip_instance'],
  [0x30, 'enip.cip_attribute'],
]);

function path(side: Side, data: Uint8Array): void {
  let at = 0;
  while (at + 2 <= data.length) {
    const name = SEGMENTS.get(data[at]! & 0xfc);
    const format = data[at]! & 3;
    if (name === undefined) return;
    if (format === 0) side.number(name, data[at + 1]!);
    else if (format === 1 && at + 4 <= data.length) side.number(name, le16(data, at + 2));
    else if (format === 2 && at + 6 <= data.length) side.number(name, le32(data, at + 2));
    at += format === 0 ? 2 : format === 1 ? 4 : 6;
  }
}
