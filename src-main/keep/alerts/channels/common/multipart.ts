/** Fields and one file as multipart/form-data (RFC 7578). */
import { createHash } from 'node:crypto';

/** A name within quotes: RFC 7578 4.2 leaves escaping to percent signs, as browsers do it. */
const quoted = (text: string): string => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

export function multipart(
  fields: Readonly<Record<string, string | number | boolean>>,
  fileField: string,
  file: { name: string; type: string; data: Uint8Array },
): { type: string; body: Uint8Array } {
  // From the content: what holds its own hash cannot be made by chance.
  const boundary = `sonde-${createHash('sha256').update(file.data).update(JSON.stringify(fields)).digest('hex')}`;
  const part = (head: string): string => `--${boundary}\r\nContent-Disposition: form-data; ${head}`;
  const texts = Object.entries(fields).map(([name, value]) => `${part(`name="${quoted(name)}"`)}\r\n\r\n${value}\r\n`);
  const type = /^[\w.+-]+\/[\w.+-]+(; ?charset=[\w-]+)?$/.test(file.type) ? file.type : 'application/octet-stream';
  const head = `${part(`name="${quoted(fileField)}"; filename="${quoted(file.name)}"`)}\r\nContent-Type: ${type}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(texts.join('') + head, 'utf8'),
    file.data,
    Buffer.from(`\r\n--${boundary}--\r\n`, 'utf8'),
  ]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}
