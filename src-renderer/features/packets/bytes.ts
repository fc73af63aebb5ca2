/** Bytes as letters: nothing of a packet becomes anything but text here. */

export function fromBase64(text: string): Uint8Array {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

export const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** One letter for each byte; a point for what is none. */
export const letterOf = (byte: number): string => (isPlain(byte) ? String.fromCharCode(byte) : '.');

const NAMED: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 92: '\\\\' };

/** As programmers write it: control characters and all beyond ASCII can be seen, and told from the letters beside them. */
export function escaped(byte: number): string {
  return NAMED[byte] ?? (isPlain(byte) ? String.fromCharCode(byte) : `\\x${hexByte(byte)}`);
}

/** Bytes as text to be pasted elsewhere: lines stay lines, what cannot be shown is escaped. */
export function plainText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte === 10 ? '\n' : byte === 13 ? '' : byte === 9 ? '\t' : escaped(byte);
  return text;
}

/** Offset, sixteen bytes, letters: as hex dumps are written everywhere. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, hexByte).join(' ').padEnd(47);
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex}  ${Array.from(row, letterOf).join('')}`);
  }
  return lines.join('\n');
}

/** What is searched for: letters, or bytes in base 16 after "hex:"; null where that cannot be read. */
export function needleOf(text: string): Uint8Array | null {
  const hex = /^hex:\s*((?:[0-9a-f]{2}[\s:]*)+)$/i.exec(text.trim());
  if (hex) return Uint8Array.from(hex[1]!.match(/[0-9a-f]{2}/gi) ?? [], (pair) => Number.parseInt(pair, 16));
  return text === '' || /^hex:/i.test(text) ? null : new TextEncoder().encode(text);
}
