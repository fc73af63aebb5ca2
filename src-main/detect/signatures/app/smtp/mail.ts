/** Mails (RFC 5322) and their parts (RFC 2045, RFC 2046) as rules see them. */
import { hash } from 'node:crypto';
import { bytesOf, latin } from '../bytes.ts';
import { LIMITS } from '../limits.ts';
import type { Side } from '../side.ts';

const FIELDS: ReadonlyMap<string, string> = new Map([
  ['from', 'email.from'],
  ['to', 'email.to'],
  ['cc', 'email.cc'],
  ['subject', 'email.subject'],
  ['date', 'email.date'],
  ['message-id', 'email.message_id'],
  ['x-mailer', 'email.x_mailer'],
  ['received', 'email.received'],
]);
const PARTS_MAX = 128;
const DEPTH_MAX = 8;
const URLS_MAX = 64;

interface Entity {
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Splits headers from the body; folded lines are put together. */
function readEntity(text: string): Entity {
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const fields: [string, string][] = [];
  for (const line of head.split(/\r?\n/, LIMITS.headerCount)) {
    const before = fields.at(-1);
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && before !== undefined) before[1] += ` ${line.trim()}`;
    else if (colon > 0) fields.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return { fields, body: blank === null ? '' : text.slice(blank.index + blank[0].length) };
}

const field = ({ fields }: Entity, name: string): string => fields.find(([key]) => key === name)?.[1] ?? '';

/** A parameter of a field's value, `name="text"` or `name=text`. */
function parameter(value: string, name: string): string {
  const told = new RegExp(`(?:^|;)\\s*${name}\\*?\\s*=\\s*(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(value);
  return told?.[1] ?? told?.[2] ?? '';
}

/** Takes the transfer encoding away (RFC 2045, 6); what is not of it is passed over. */
export function decodeTransfer(body: string, encoding: string): Uint8Array {
  const kind = encoding.trim().toLowerCase();
  if (kind === 'base64') return Buffer.from(body.replace(/[^A-Za-z0-9+/]/g, ''), 'base64');
  if (kind !== 'quoted-printable') return bytesOf(body);
  const soft = body.replace(/=[ \t]*\r?\n/g, '');
  return bytesOf(
    soft.replace(/=([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  );
}

/** The parts between the boundary's lines; the last may lack its end. */
function partsOf(body: string, boundary: string): string[] {
  const mark = `--${boundary}`;
  const found: string[] = [];
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0 && found.length < PARTS_MAX; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue;
    if (start >= 0) found.push(body.slice(start, at).replace(/\r?\n$/, ''));
    const line = body.indexOf('\n', at);
    start = body.startsWith('--', at + mark.length) || line < 0 ? -1 : line + 1;
  }
  if (start >= 0) found.push(body.slice(start));
  return found;
}

function addPart(side: Side, entity: Entity, depth: number): void {
  const type = field(entity, 'content-type');
  const boundary = /^multipart\//i.test(type) ? parameter(type, 'boundary') : '';
  if (boundary !== '' && depth < DEPTH_MAX) {
    for (const part of partsOf(entity.body, boundary)) addPart(side, readEntity(part), depth + 1);
    return;
  }
  const content = decodeTransfer(entity.body, field(entity, 'content-transfer-encoding'));
  const name = parameter(field(entity, 'content-disposition'), 'filename') || parameter(type, 'name');
  if (name !== '') {
    side.add('file_data', content).add('file.name', name).number('filesize', content.length);
    return;
  }
  if (type !== '' && !/^text\//i.test(type)) return;
  const urls = latin(content).match(/https?:\/\/[^\s"'<>]+/gi) ?? [];
  for (const url of urls.slice(0, URLS_MAX)) side.add('email.url', url.replace(/^https?:\/\//i, ''));
}

/** Adds the buffers of a mail. */
export function addMail(side: Side, mail: Uint8Array): void {
  const entity = readEntity(latin(mail));
  for (const [name, value] of entity.fields) {
    const buffer = FIELDS.get(name);
    if (buffer !== undefined) side.add(buffer, value);
  }
  side.add('email.body_md5', hash('md5', bytesOf(entity.body)));
  addPart(side, entity, 0);
}
