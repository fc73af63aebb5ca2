/** What was learned of each network, in a folder of the user's: a model, and the rows it is learned from. */
import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaId } from '../../../../../src-shared/features/schema.ts';
import { loadScoringModel } from '../../model.ts';
import type { NamedModel } from '../../triage.ts';

/** Networks that are remembered; the one that was used longest ago goes first. */
const NETWORKS_MAX = 64;
const ROWS_MAX_BYTES = 64 * 1024 * 1024;
const MAGIC = 'sonde rows 2';
const HEAD_BYTES = 256;

/** Rows of features, and over how much packet time they came. */
export interface Learned {
  rows: number;
  data: Float32Array;
  flows: number;
  minutes: number;
}

export class BaselineFolder {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The network's own model; undefined where there is none, or none that this version can read. */
  async model(network: string): Promise<NamedModel | undefined> {
    const path = join(this.folder, `${network}.model`);
    if (!(await isFile(path))) return undefined;
    return loadScoringModel(path).catch(() => undefined);
  }

  /** What was gathered before; undefined where there is nothing, or something else. */
  async rows(network: string, width: number): Promise<Learned | undefined> {
    const path = join(this.folder, `${network}.rows`);
    try {
      const { size } = await stat(path);
      if (size <= HEAD_BYTES || size > ROWS_MAX_BYTES) return undefined;
      const bytes = await readFile(path);
      const head = bytes.toString('latin1', 0, HEAD_BYTES).trimEnd();
      const found = new RegExp(`^${MAGIC} (\\S+) (\\d+) (\\d+) (\\d+) (\\d+) ([0-9a-f]{64})$`).exec(head);
      const [schema, wide, rows, flows, minutes, sum] = found?.slice(1) ?? [];
      const count = Number(rows);
      if (schema !== schemaId() || Number(wide) !== width || size !== HEAD_BYTES + count * width * 4) return undefined;
      const body = bytes.subarray(HEAD_BYTES);
      if (sum !== sumOf(`${schema} ${wide} ${rows} ${flows} ${minutes}`, body)) return undefined;
      const data = new Float32Array(bytes.buffer.slice(bytes.byteOffset + HEAD_BYTES, bytes.byteOffset + size));
      return data.every(Number.isFinite)
        ? { rows: count, data, flows: Number(flows), minutes: Number(minutes) }
        : undefined;
    } catch {
      return undefined;
    }
  }

  async saveRows(network: string, { rows, data, flows, minutes }: Learned, width: number): Promise<void> {
    const about = `${schemaId()} ${width} ${rows} ${flows} ${Math.floor(minutes)}`;
    const body = Buffer.from(data.buffer, data.byteOffset, rows * width * 4);
    const head = `${MAGIC} ${about} ${sumOf(about, body)}`.padEnd(HEAD_BYTES);
    await this.write(`${network}.rows`, Buffer.concat([Buffer.from(head, 'latin1'), body]));
  }

  async saveModel(network: string, bytes: Uint8Array): Promise<void> {
    await this.write(`${network}.model`, bytes);
    await this.prune();
  }

  /** Whole or not at all. */
  private async write(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const beside = join(this.folder, `.${name}.${randomBytes(6).toString('hex')}.partial`);
    try {
      const file = await open(beside, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, join(this.folder, name));
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  private async prune(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.model'));
    if (names.length <= NETWORKS_MAX) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, used: (await stat(join(this.folder, name))).mtimeMs })),
    );
    aged.sort((a, b) => a.used - b.used);
    for (const { name } of aged.slice(0, names.length - NETWORKS_MAX)) {
      await unlink(join(this.folder, name)).catch(() => undefined);
      await unlink(join(this.folder, name.replace(/\.model$/, '.rows'))).catch(() => undefined);
    }
  }
}

/** SHA-256 of what the rows are about and of the rows, hexadecimal. */
function sumOf(about: string, body: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${about}\n`, 'latin1'), body]));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
