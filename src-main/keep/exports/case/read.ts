/** Reads a case that may come from anywhere: nothing is believed that was not checked, nothing written but known names. */
import { createHash } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SondeError } from '../../../../src-shared/errors.ts';
import { Broken, GzipBytes } from './bytes.ts';
import { damaged, MANIFEST, MANIFEST_MAX, readManifest, type CaseManifest, type CasePart } from './manifest.ts';
import { BLOCK, padding, readTarHeader, type TarEntry } from './tar.ts';

class Reading {
  private readonly path: string;
  private readonly bytes: GzipBytes;

  constructor(path: string) {
    this.path = path;
    this.bytes = new GzipBytes(path);
  }

  async manifest(): Promise<CaseManifest> {
    const entry = await this.entry(MANIFEST);
    if (entry.size > MANIFEST_MAX) throw damaged(this.path, `its part ${MANIFEST} is larger than any may be`);
    const text = await this.during(MANIFEST, () => this.bytes.take(entry.size));
    await this.skipPadding(MANIFEST, entry.size);
    return readManifest(this.path, text.toString('utf8'));
  }

  /** Checks a part, and writes it to `file` where there is one. */
  async part(part: CasePart, file: FileHandle | null): Promise<void> {
    const { name, bytes, sha256 } = part;
    const entry = await this.entry(name);
    if (entry.size !== bytes) throw damaged(this.path, `its part ${name} has another size than its manifest says`);
    const hash = createHash('sha256');
    await this.during(name, () =>
      this.bytes.copy(bytes, async (chunk) => {
        hash.update(chunk);
        if (file) await file.writeFile(chunk);
      }),
    );
    await this.skipPadding(name, bytes);
    if (hash.digest('hex') !== sha256)
      throw damaged(this.path, `its part ${name} was changed: its SHA-256 is not that of the manifest`);
  }

  async end(): Promise<void> {
    const what = 'its end';
    const blocks = await this.during(what, () => this.bytes.take(2 * BLOCK));
    const isClean = blocks.every((byte) => byte === 0) && (await this.during(what, () => this.bytes.isAtEnd()));
    if (!isClean) throw damaged(this.path, 'holds more than its manifest names');
  }

  close(): void {
    this.bytes.close();
  }

  private async entry(name: string): Promise<TarEntry> {
    const header = readTarHeader(await this.during(name, () => this.bytes.take(BLOCK)));
    if (header === null) throw damaged(this.path, `its part ${name} is missing`);
    if (typeof header === 'string') throw damaged(this.path, `its part ${name} cannot be read: ${header}`);
    if (header.name !== name) throw damaged(this.path, `its part ${name} is not where its manifest says`);
    return header;
  }

  private async skipPadding(name: string, size: number): Promise<void> {
    const filling = await this.during(name, () => this.bytes.take(padding(size)));
    if (filling.some((byte) => byte !== 0)) throw damaged(this.path, `its part ${name} is followed by what is no part`);
  }

  private async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Broken) throw damaged(this.path, `its part ${name} cannot be read: ${error.message}`);
      throw error;
    }
  }
}

async function takeOut(reading: Reading, part: CasePart, folder: string): Promise<void> {
  const target = join(folder, part.name);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, 'wx', 0o600);
  try {
    await reading.part(part, file);
  } finally {
    await file.close();
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const what = code === 'EEXIST' ? 'is there already' : 'cannot be made';
    throw new SondeError('write-failed', `${folder}: ${what}`, folder, 'Name a new folder.', { cause: error });
  }
}

function readable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
  if (code === 'EISDIR') return new SondeError('is-a-directory', `${path}: is a directory`, path, 'Name the case.');
  if (code === 'EACCES' || code === 'EPERM')
    return new SondeError('not-permitted', `${path}: may not be read`, path, 'Check its permissions.');
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new SondeError('disk-full', 'the disk is full; nothing of the case was kept', path, 'Free some space.');
  return error;
}

/**
 * Checks every part of a case; with `folder`, which must be new, its parts are written there. Where something is wrong
 * nothing stays.
 *
 * @throws SondeError `damaged-case` naming the part, `wrong-version`, `not-found`, `write-failed`, `disk-full`
 */
export async function readCase(path: string, folder: string | null): Promise<CaseManifest> {
  const reading = new Reading(path);
  let made = false;
  try {
    const manifest = await reading.manifest();
    if (folder !== null) await makeFolder(folder);
    made = folder !== null;
    for (const part of manifest.parts)
      await (folder === null ? reading.part(part, null) : takeOut(reading, part, folder));
    await reading.end();
    return manifest;
  } catch (error) {
    if (made && folder !== null) await rm(folder, { recursive: true, force: true });
    throw readable(path, error);
  } finally {
    reading.close();
  }
}
