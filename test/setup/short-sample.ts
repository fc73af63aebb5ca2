import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const SAMPLE = join(import.meta.dirname, '..', '..', 'resources', 'sample', 'office-hour.pcapng.gz');
/** pcapng's block of a packet (draft-ietf-opsawg-pcapng, 4.3). */
const PACKET_BLOCK = 6;

/**
 * The first minutes of the sample as a pcapng file of its own, for tests that need an ordinary capture but not all that
 * happens in that hour: a run over it costs a fraction. It lies in a folder that goes with this process.
 */
export function shortSample(minutes = 20): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-short-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'office-minutes.pcapng');
  const whole = gunzipSync(readFileSync(SAMPLE));
  writeFileSync(path, whole.subarray(0, endOf(whole, minutes * 60)));
  return path;
}

/** Where the packets of the first `seconds` end; the sample is little-endian, its times are in nanoseconds. */
function endOf(whole: Buffer, seconds: number): number {
  let first: number | undefined;
  let at = 0;
  while (at + 12 <= whole.length) {
    if (whole.readUInt32LE(at) === PACKET_BLOCK) {
      const time = (whole.readUInt32LE(at + 12) * 2 ** 32 + whole.readUInt32LE(at + 16)) / 1e9;
      first ??= time;
      if (time - first >= seconds) return at;
    }
    at += whole.readUInt32LE(at + 4);
  }
  throw new Error(`the sample is shorter than ${seconds} seconds`);
}
