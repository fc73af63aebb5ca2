/**
 * One database of places: an MMDB file of MaxMind (GeoLite2, GeoIP2), DB-IP or of others that say the same. Opening reads
 * the last 128 KiB, where it says what it is; all of it is read with the first question and stays in memory, outside the heap, as
 * many bytes as the file has (a country file 7 to 10 MB, an AS file 8 to 12 MB, a city file 60 to 130 MB).
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Reader, Response } from 'mmdb-lib';
import { formatBytes } from '../../../../src-shared/domain/amounts.ts';
import type { Place } from '../../../../src-shared/domain/place.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { DamagedPlaces, Guard } from './guard.ts';
import { placeOf } from './record.ts';

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
/** The metadata stands within that of the end (MMDB 2.0). */
const TAIL = 128 * 1024;
/** The largest that are sold have about 400 MB. */
export const FILE_MAX = 512 * 1024 ** 2;
const SEPARATOR = 16;

/** What a database is about, by the name of its type. */
const COUNTRIES = /country|city|enterprise|location/i;
const NETWORKS = /asn|isp|enterprise/i;
const TYPE_MAX = 100;

const WHICH =
  'Name a country, city or ASN database of MaxMind (GeoLite2, GeoIP2) or DB-IP, unpacked: a file ending in .mmdb.';

export interface AboutPlaces {
  file: string;
  /** As the file calls itself, e.g. "GeoLite2-City". */
  type: string;
  /** When it was made, milliseconds since 1970; 0: not said. */
  built: number;
  bytes: number;
  countries: boolean;
  networks: boolean;
}

interface Metadata {
  node_count: number;
  record_size: number;
  ip_version: number;
  binary_format_major_version: number;
  database_type: string;
  build_epoch: number | bigint;
}

interface Library {
  Reader: new (bytes: Buffer, options: { cache: { get(key: number): undefined; set(): void } }) => Reader<Response>;
}
interface Decoding {
  default: new (bytes: Buffer, base: number) => { decode(at: number): { value: unknown } };
}

const load = createRequire(import.meta.url);

function wrong(path: string, what: string, cure = WHICH): SondeError {
  return new SondeError('unknown-format', `${path}: ${what}`, path, cure);
}

function unreadable(path: string, error: unknown): SondeError {
  if (error instanceof SondeError) return error;
  if (error instanceof DamagedPlaces) return wrong(path, `damaged: ${error.message}`, 'Fetch it anew.');
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
  if (code === 'EACCES' || code === 'EPERM') {
    return new SondeError('not-permitted', `${path} may not be read`, path, 'Check its permissions.');
  }
  if (code === 'EISDIR') return new SondeError('is-a-directory', `${path} is a folder`, path, WHICH);
  const said = error instanceof Error ? error.message : String(error);
  return new SondeError('read-failed', `${path} cannot be read: ${said}`, path, 'Check the file.');
}

function checkFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw new SondeError('is-a-directory', `${path} is a folder`, path, WHICH);
  if (!stats.isFile()) throw wrong(path, 'no regular file');
  if (stats.size === 0) throw new SondeError('empty-file', `${path} is empty`, path, WHICH);
  if (stats.size > FILE_MAX) throw wrong(path, `larger than ${formatBytes(FILE_MAX)}: no such database is`);
}

/** Bytes [from, size) of a file, `from` by its size. @throws SondeError */
function bytesOf(path: string, from: (size: number) => number): { bytes: Buffer; size: number } {
  try {
    // A pipe must not hold up the program.
    const handle = openSync(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
    try {
      const stats = fstatSync(handle);
      checkFile(path, stats);
      const first = from(stats.size);
      const bytes = Buffer.alloc(stats.size - first);
      let at = 0;
      for (let count = 1; count > 0 && at < bytes.length; at += count) {
        count = readSync(handle, bytes, at, bytes.length - at, first + at);
      }
      if (at < bytes.length) throw wrong(path, 'became shorter while it was read', 'Try again.');
      return { bytes, size: stats.size };
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** What it is, by its last bytes. @throws DamagedPlaces, SondeError */
function metadataOf(path: string, tail: Buffer, size: number): Metadata {
  const found = tail.lastIndexOf(MARKER);
  if (found < 0) {
    if (tail[0] === 0x1f && tail[1] === 0x8b) throw wrong(path, 'packed with gzip', 'Unpack it with gunzip.');
    throw wrong(path, 'no MMDB file, or one that was cut off');
  }
  const at = found + MARKER.length;
  new Guard(tail).check(at, at);
  const { default: Decoder } = load('mmdb-lib/lib/decoder.js') as Decoding;
  const said = new Decoder(tail, at).decode(at).value as Partial<Metadata> | null;
  const { node_count: nodes, record_size: bits, database_type: type, ip_version: version } = said ?? {};
  const isSound =
    said !== null &&
    Number.isSafeInteger(nodes) &&
    (bits === 24 || bits === 28 || bits === 32) &&
    (version === 4 || version === 6) &&
    typeof type === 'string' &&
    said.binary_format_major_version === 2;
  if (!isSound) throw wrong(path, 'no MMDB file of version 2');
  if ((nodes! * bits) / 4 + SEPARATOR > size - (tail.length - found)) throw wrong(path, 'cut off', 'Fetch it anew.');
  return said as Metadata;
}

export class PlaceDatabase {
  readonly about: AboutPlaces;
  /** Records that could not be read. */
  damaged = 0;
  /** Why it answers no more: it could not be read when it was asked first. */
  fault: SondeError | undefined;
  private reader: Reader<Response> | undefined;

  /** @throws SondeError where it cannot be read, or is nothing of the kind */
  constructor(path: string) {
    const { bytes: tail, size } = bytesOf(path, (length) => Math.max(0, length - TAIL));
    try {
      const { database_type: type, build_epoch: built } = metadataOf(path, tail, size);
      const countries = COUNTRIES.test(type);
      const networks = NETWORKS.test(type);
      const name = type.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, TYPE_MAX);
      if (!countries && !networks) throw wrong(path, `a database of another kind (${name})`);
      const made = Number(built) * 1000;
      this.about = {
        ...{ file: path, type: name, bytes: size, countries, networks },
        built: Number.isFinite(made) ? Math.max(0, made) : 0,
      };
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  /** What it says of an address; null where it says nothing, or cannot be read any more. */
  place(address: string): Place | null {
    const reader = this.opened();
    if (!reader) return null;
    try {
      return placeOf(reader.get(address), this.about);
    } catch {
      this.damaged++;
      return null;
    }
  }

  private opened(): Reader<Response> | undefined {
    if (this.reader || this.fault) return this.reader;
    try {
      this.reader = this.open();
    } catch (error) {
      // A capture of hours must not end because a file went away.
      this.fault = unreadable(this.about.file, error);
    }
    return this.reader;
  }

  private open(): Reader<Response> {
    const { file } = this.about;
    const { bytes } = bytesOf(file, () => 0);
    try {
      const { node_count: nodes, record_size: bits } = metadataOf(
        file,
        bytes.subarray(Math.max(0, bytes.length - TAIL)),
        bytes.length,
      );
      const guard = new Guard(bytes);
      const base = (nodes * bits) / 4 + SEPARATOR;
      // The reader asks its cache before it decodes anything: the place to look at it first.
      const cache = {
        get: (at: number): undefined => {
          guard.check(at, base);
          return undefined;
        },
        set: () => undefined,
      };
      const { Reader: Make } = load('mmdb-lib') as Library;
      return new Make(bytes, { cache });
    } catch (error) {
      throw unreadable(
        file,
        error instanceof SondeError ? error : new DamagedPlaces(`${basename(file)} cannot be opened`),
      );
    }
  }
}
