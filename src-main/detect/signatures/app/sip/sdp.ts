/** Session descriptions (RFC 8866): a buffer a line, those of a medium apart. */
import type { Side } from '../side.ts';

const SESSION: ReadonlyMap<string, string> = new Map([
  ['o', 'sdp.origin'],
  ['s', 'sdp.session_name'],
  ['i', 'sdp.session_info'],
  ['u', 'sdp.uri'],
  ['e', 'sdp.email'],
  ['p', 'sdp.phone_number'],
  ['c', 'sdp.connection_data'],
  ['b', 'sdp.bandwidth'],
  ['t', 'sdp.time'],
  ['r', 'sdp.repeat_time'],
  ['z', 'sdp.timezone'],
  ['k', 'sdp.encryption_key'],
  ['a', 'sdp.attribute'],
]);
const MEDIA: ReadonlyMap<string, string> = new Map([
  ['m', 'sdp.media.media'],
  ['i', 'sdp.media.media_info'],
  ['c', 'sdp.media.connection_data'],
  ['b', 'sdp.bandwidth'],
  ['k', 'sdp.media.encryption_key'],
  ['a', 'sdp.attribute'],
]);
const LINES_MAX = 1024;

export function addSdp(side: Side, body: string): void {
  let media = false;
  for (const line of body.split('\n', LINES_MAX)) {
    const told = /^([a-z])=(.*?)\r?$/.exec(line);
    if (told === null) continue;
    media ||= told[1] === 'm';
    const name = (media ? MEDIA : SESSION).get(told[1]!);
    if (name !== undefined) side.add(name, told[2]!);
  }
}
