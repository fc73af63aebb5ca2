/** Files that come in as uploads and leave as downloads. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { SondeError } from '../../../src-shared/errors.ts';

/** Bytes of a name; with what is put before it, it fits any file system (255). */
const NAME_MAX = 160;
/** Uploads and downloads nobody asked for again are removed after this, ms. */
const KEPT_MS = 60 * 60 * 1000;

/** A name that is safe in any folder: the last part, without control and reserved characters. */
export function safeName(name: string): string {
  const last = basename(name.replaceAll('\\', '/'))
    .replace(/[^\p{L}\p{N}._ +-]+/gu, '_')
    .replace(/^[. ]+/, '');
  // From its end, where the ending is, and never half a character.
  const letters = Array.from(last);
  let bytes = Buffer.byteLength(last);
  let from = 0;
  for (; bytes > NAME_MAX; from++) bytes -= Buffer.byteLength(letters[from]!);
  return letters.slice(from).join('') || 'file';
}

const STORED = /^[0-9a-f]{32}-(.+)$/;

/** The name under which a file of a shelf came; null for files that lie elsewhere. */
export function uploadedName(path: string): string | null {
  return STORED.exec(basename(path))?.[1] ?? null;
}

/** Uploads are stored under names of ours: people are told theirs. */
export function withPlainNames(message: string, files: readonly string[]): string {
  return files.reduce((text, file) => {
    const name = uploadedName(file);
    return name === null ? text : text.replaceAll(file, name).replaceAll(basename(file), name);
  }, message);
}

export interface HeldFile {
  id: string;
  path: string;
  /** As people know it. */
  name: string;
}

interface Held extends HeldFile {
  at: number;
  /** No longer to be removed by age: it belongs to a capture. */
  used: boolean;
}

/** Files of one folder by unguessable ids. */
export class FileShelf {
  readonly folder: string;
  private readonly now: () => number;
  private readonly files = new Map<string, Held>();

  constructor(folder: string, now: () => number) {
    this.folder = resolve(folder);
    this.now = now;
  }

  /** A place for a new file. @throws SondeError `write-failed` */
  place(name: string): HeldFile {
    this.sweep();
    const id = randomBytes(16).toString('hex');
    const safe = safeName(name);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new SondeError(
        'write-failed',
        `${this.folder}: cannot be made`,
        this.folder,
        'Check the folder and its permissions.',
        { cause: error },
      );
    }
    const held: Held = { id, path: join(this.folder, `${id}-${safe}`), name: safe, at: this.now(), used: false };
    this.files.set(id, held);
    return held;
  }

  /** @throws SondeError `not-found` */
  get(id: string): HeldFile & { bytes: number } {
    const held = this.files.get(id);
    const size = held && statSync(held.path, { throwIfNoEntry: false })?.size;
    if (!held || size === undefined)
      throw new SondeError('not-found', 'this file is no longer there', id, 'Send or make it again.');
    return { ...held, bytes: size };
  }

  /** As `get`; nobody else can have it any more, and whoever has it removes it. @throws SondeError `not-found` */
  claim(id: string): HeldFile & { bytes: number } {
    const held = this.get(id);
    this.files.delete(id);
    return held;
  }

  /** It is somebody's now and stays. */
  keep(id: string): void {
    const held = this.files.get(id);
    if (held) held.used = true;
  }

  remove(id: string): void {
    const held = this.files.get(id);
    this.files.delete(id);
    if (held) rmSync(held.path, { force: true });
  }

  /** Removes a file of this folder by its path; others are left alone. */
  removePath(path: string): void {
    if (dirname(resolve(path)) === this.folder) rmSync(path, { force: true });
  }

  /** Removes what an earlier run left here, but for `used` files: known by name, for the folder may have moved. */
  clean(used: Iterable<string>): void {
    const kept = new Set([...used].map((path) => basename(path)));
    const names = existsSync(this.folder) ? readdirSync(this.folder) : [];
    for (const name of names)
      if (STORED.test(name) && !kept.has(name)) rmSync(join(this.folder, name), { force: true });
  }

  /** Removes what was not kept. */
  clear(): void {
    for (const held of this.files.values()) if (!held.used) this.remove(held.id);
  }

  private sweep(): void {
    const oldest = this.now() - KEPT_MS;
    for (const held of this.files.values()) if (!held.used && held.at < oldest) this.remove(held.id);
  }
}
