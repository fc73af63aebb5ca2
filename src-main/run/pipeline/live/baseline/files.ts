/**
 * What was learned of each network, in a folder of the user's: its model (`NETWORK.model`), those that scored before it
 * (`NETWORK.1.model`, the newest, to `.3`), the rows they are learned from, what was found each time (`NETWORK.log`), and what
 * behaviours know of its past (`NETWORK.history`).
 */
import { hash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaId } from '../../../../../src-shared/features/schema.ts';
import type { Judgement } from '../../../../detect/lab/successor.ts';
import { loadScoringModel } from '../../model.ts';
import type { NamedModel } from '../../triage-types.ts';
import type { Judged } from './messages.ts';

/** Networks that are remembered; the one that was used longest ago goes first. */
const NETWORKS_MAX = 64;
/** Models of a network that scored before the present one. */
export const VERSIONS = 3;
/** Lines of the log that are kept: a year of nights. */
const LOG_LINES = 400;
const LOG_MAX_BYTES = 1 << 20;
const HISTORY_MAX_BYTES = 4 << 20;
/** Names of models of networks; those with a number before the ending scored once. */
const PRESENT = /^(?!.*\.\d\.model$)([^.].*)\.model$/;
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

/** One time of learning. */
export interface LearnedOnce {
  /** Milliseconds since 1970. */
  at: number;
  flows: number;
  /** Whether its model took over. */
  taken: boolean;
  judged: Judged;
}

export interface KeptNetwork {
  network: string;
  /** Of the present model, and of those before it, newest first: milliseconds since 1970. */
  models: number[];
  log: LearnedOnce[];
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

  /** The file of the network's own model; null where there is none. */
  async modelFile(network: string): Promise<Uint8Array | null> {
    return readFile(join(this.folder, `${network}.model`)).catch(() => null);
  }

  /** The model before becomes the first of those to go back to. */
  async saveModel(network: string, bytes: Uint8Array): Promise<void> {
    for (let version = VERSIONS - 1; version >= 0; version--) {
      await rename(this.place(network, version), this.place(network, version + 1)).catch(ifMissing);
    }
    await this.write(`${network}.model`, bytes);
    await this.prune();
  }

  /** The model that scored before does again; false where there is none. The present one is given up. */
  async rollBack(network: string): Promise<boolean> {
    if (!PRESENT.test(`${network}.model`) || network.includes('/') || network.includes('\\')) return false;
    if (!(await isFile(this.place(network, 1)))) return false;
    for (let version = 1; version <= VERSIONS; version++) {
      await rename(this.place(network, version), this.place(network, version - 1)).catch(ifMissing);
    }
    return true;
  }

  /** Notes one time of learning. */
  async note(network: string, once: LearnedOnce): Promise<void> {
    const lines = [...(await this.log(network)), once].slice(-LOG_LINES).map((each) => `${JSON.stringify(each)}\n`);
    await this.write(`${network}.log`, Buffer.from(lines.join('')));
  }

  /** What was noted, oldest first; lines that are none of ours are passed over. */
  async log(network: string): Promise<LearnedOnce[]> {
    const path = join(this.folder, `${network}.log`);
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size === 0 || size > LOG_MAX_BYTES) return [];
    return (await readFile(path, 'utf8')).split('\n').flatMap(readLine);
  }

  /** By behaviour; nothing where nothing is kept, or something else. */
  async history(network: string): Promise<Record<string, string>> {
    const path = join(this.folder, `${network}.history`);
    try {
      if ((await stat(path)).size > HISTORY_MAX_BYTES) return {};
      const saved: unknown = JSON.parse(await readFile(path, 'utf8'));
      if (typeof saved !== 'object' || saved === null) return {};
      return Object.fromEntries(
        Object.entries(saved).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      );
    } catch {
      return {};
    }
  }

  async saveHistory(network: string, history: Readonly<Record<string, string>>): Promise<void> {
    await this.write(`${network}.history`, Buffer.from(JSON.stringify(history)));
  }

  /** All networks with a model, the one learned last first. A folder that is not there holds none. */
  async list(): Promise<KeptNetwork[]> {
    const names = await readdir(this.folder).catch(() => []);
    const networks = names.flatMap((name) => PRESENT.exec(name)?.[1] ?? []);
    const kept = await Promise.all(networks.map((network) => this.kept(network)));
    return kept.sort((a, b) => b.models[0]! - a.models[0]! || (a.network < b.network ? -1 : 1));
  }

  private async kept(network: string): Promise<KeptNetwork> {
    const models: number[] = [];
    for (let version = 0; version <= VERSIONS; version++) {
      const found = await stat(this.place(network, version)).catch(() => undefined);
      if (found) models.push(Math.round(found.mtimeMs));
    }
    return { network, models, log: await this.log(network) };
  }

  private place(network: string, version: number): string {
    return join(this.folder, version === 0 ? `${network}.model` : `${network}.${version}.model`);
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
    const names = (await readdir(this.folder)).filter((name) => PRESENT.test(name));
    if (names.length <= NETWORKS_MAX) return;
    const aged = await Promise.all(
      names.map(async (name) => ({ name, used: (await stat(join(this.folder, name))).mtimeMs })),
    );
    aged.sort((a, b) => a.used - b.used);
    for (const { name } of aged.slice(0, names.length - NETWORKS_MAX)) {
      const network = name.replace(/\.model$/, '');
      const versions = Array.from({ length: VERSIONS }, (_, i) => `.${i + 1}.model`);
      for (const ending of ['.model', '.rows', '.log', '.history', ...versions]) {
        await unlink(join(this.folder, `${network}${ending}`)).catch(ifMissing);
      }
    }
  }
}

/** A file that is not there need not be moved, nor removed. */
function ifMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function isJudgement(value: unknown): value is Judgement {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'separation' in value && Number.isFinite(value.separation) && 'alarms' in value && Number.isFinite(value.alarms)
  );
}

function readLine(line: string): LearnedOnce[] {
  try {
    const { at, flows, taken, judged } = JSON.parse(line) as Partial<LearnedOnce>;
    // A date that JavaScript has no day for is none.
    if (!Number.isFinite(at) || Math.abs(at!) > 8.64e15 || !Number.isFinite(flows) || typeof taken !== 'boolean')
      return [];
    if (!isJudgement(judged?.next) || (judged.before !== null && !isJudgement(judged.before))) return [];
    return [{ at: at!, flows: flows!, taken, judged }];
  } catch {
    return [];
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
