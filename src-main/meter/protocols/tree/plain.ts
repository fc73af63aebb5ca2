/** What is not read further, and NTP, whose head is short (RFC 5905). */
import { formatTime } from '../../../../src-shared/domain/time.ts';
import { hexText, named, shown, type Next, type Part } from './part.ts';

export function data(part: Part): Next | null {
  const { left } = part;
  part.take('data.data', 'Bytes', left, (bytes) => `${left} ${left === 1 ? 'byte' : 'bytes'}${textOf(bytes)}`);
  part.at = part.end;
  return null;
}

/** What begins like text is shown as that. */
function textOf(bytes: Uint8Array): string {
  const first = bytes.subarray(0, 60);
  const printable = first.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
  return printable && first.length > 0 ? `: ${shown(first)}${bytes.length > 60 ? '…' : ''}` : '';
}

const MODES = named({
  1: 'symmetric',
  2: 'symmetric',
  3: 'client',
  4: 'server',
  5: 'broadcast',
  6: 'control',
  7: 'private',
});

/** Between 1900 and 1970, s. */
const EPOCH = 2_208_988_800;

/** Seconds since 1900 and their fraction; of the years from 2036 on the count begins anew. */
function timeText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [seconds, fraction] = [view.getUint32(0), view.getUint32(4)];
  if (seconds === 0 && fraction === 0) return 'none';
  const era = seconds < 0x8000_0000 ? 2 ** 32 : 0;
  return formatTime(seconds + era - EPOCH, Math.floor((fraction / 2 ** 32) * 1e9));
}

export function ntp(part: Part): Next | null {
  const flags = part.number('ntp.flags', 'Flags', 1, (v) => hexText(v, 2));
  part.summary = `NTP version ${(flags >> 3) & 7}, mode ${MODES(flags & 7)}`;
  if ((flags & 7) > 5) return part.rest('data');
  part.number('ntp.stratum', 'Stratum', 1);
  part.number('ntp.ppoll', 'Poll', 1);
  part.take('ntp.precision', 'Precision', 1);
  part.take('ntp.rootdelay', 'Root delay', 4);
  part.take('ntp.rootdispersion', 'Root dispersion', 4);
  part.take('ntp.refid', 'Reference', 4);
  part.take('ntp.reftime', 'Reference time', 8, timeText);
  part.take('ntp.org', 'Time of origin', 8, timeText);
  part.take('ntp.rec', 'Time of receipt', 8, timeText);
  part.take('ntp.xmt', 'Time of sending', 8, timeText);
  return part.rest('data');
}
