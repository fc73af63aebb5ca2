/** Whether a file is one of a continuous export, by its first line: nothing else is appended to, put aside or removed. */
import { closeSync, fstatSync, lstatSync, openSync, readSync } from 'node:fs';

/** Of a first line, bytes: more than one of ours has. */
const FIRST_MOST = 4 * 1024 * 1024;
const BLOCK = 8192;
const NEWLINE = 0x0a;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, name: string): unknown => (isFields(value) ? value[name] : undefined);
const isText = (value: unknown): boolean => typeof value === 'string';

/** Sonde's own lines, of incidents and of flows. */
const isNative = (line: Fields): boolean =>
  line.event === 'incident'
    ? isText(line.uid)
    : line.event === 'flow' && isText(line['id.orig_h']) && isText(line.community_id);

/** By the group of Sonde's signatures; a flow of Suricata's own has its state and its reason. */
const isEve = (line: Fields): boolean =>
  line.event_type === 'flow'
    ? isText(line.community_id) && isFields(line.flow) && isText(line.flow.start) && !('state' in line.flow)
    : line.event_type === 'alert' && at(line.alert, 'gid') === EVE_GROUP;
const EVE_GROUP = 7300;

const isEcs = (line: Fields): boolean => isText(at(line.ecs, 'version')) && at(line.observer, 'product') === 'Sonde';
const isOcsf = (line: Fields): boolean => at(at(line.metadata, 'product'), 'name') === 'Sonde';

/** A line of one of the formats that are one line an event. */
export function isOwnLine(text: string): boolean {
  try {
    const line: unknown = JSON.parse(text);
    return isFields(line) && [isNative, isEve, isEcs, isOcsf].some((is) => is(line));
  } catch {
    return false;
  }
}

/** The first line without its end, of the bytes that one may have. */
function firstLine(file: number): string {
  const blocks: Buffer[] = [];
  for (let done = 0; done < FIRST_MOST;) {
    const block = Buffer.alloc(BLOCK);
    const got = readSync(file, block, 0, BLOCK, done);
    const end = block.subarray(0, got).indexOf(NEWLINE);
    blocks.push(block.subarray(0, end < 0 ? got : end));
    if (got === 0 || end >= 0) break;
    done += got;
  }
  return Buffer.concat(blocks).toString('utf8');
}

/** @throws Error where something else lies there, or a link to it: it is left alone */
export function checkFile(path: string): void {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (there.isSymbolicLink()) throw new Error('it is a link; name the file itself');
  if (!there.isFile()) throw new Error('it is no regular file');
  if (there.size === 0) return;
  const file = openSync(path, 'r');
  try {
    if (fstatSync(file).size > 0 && !isOwnLine(firstLine(file)))
      throw new Error('there is a file already that holds something else');
  } finally {
    closeSync(file);
  }
}
