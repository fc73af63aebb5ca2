/** Small files that somebody named: a pipe, a device or a file without end must not hold up the program. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

const PIECE = 64 * 1024;

export interface SmallFile {
  text: string;
  stats: Stats;
}

/**
 * `check`: of the open file, before it is read. Null: no regular file, or more than `most` bytes.
 * @throws whatever the file system says
 */
export function readSmall(path: string, most: number, check?: (stats: Stats) => void): SmallFile | null {
  // Windows has no such flag; opening never waits there.
  const handle = openSync(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
  try {
    const stats = fstatSync(handle);
    check?.(stats);
    if (!stats.isFile()) return null;
    const pieces: Buffer[] = [];
    const piece = Buffer.alloc(PIECE);
    let length = 0;
    for (let count = 1; count > 0 && length <= most; length += count) {
      count = readSync(handle, piece, 0, PIECE, null);
      pieces.push(Buffer.from(piece.subarray(0, count)));
    }
    return length > most ? null : { text: Buffer.concat(pieces).toString('utf8'), stats };
  } finally {
    closeSync(handle);
  }
}
