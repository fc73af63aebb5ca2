/** Whether JSON is nested more deeply than any record is: looked at before it is read, since reading goes as deep as it does. */

const DEPTH = 16;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d]);

export function isTooDeep(json: Uint8Array): boolean {
  let depth = 0;
  let isText = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (isText && byte === BACKSLASH) i++;
    else if (byte === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (OPEN.has(byte) && ++depth > DEPTH) return true;
    else if (CLOSE.has(byte)) depth--;
  }
  return false;
}
