/** Files that were scored since the program started: their figures, and rows read from the predictions as they are asked for. */
import { constants } from 'node:fs';
import { copyFile, mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowList, ScoredFile, ScoredRow, ScoreVerdict } from '../../../../src-shared/contract/topics/scoring.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { cellsOf } from '../../../detect/lab/delimited.ts';
import { STRIDE, type BulkDone } from './messages.ts';
import { OURS } from './row-index.ts';

/** Scored files that are kept. */
const KEPT = 10;
/** Bytes of a cell that are shown. */
const CELL_MAX = 200;

interface Held extends Omit<BulkDone, 'scored'> {
  scored: ScoredFile;
  path: string;
}

/** Records of predictions: lines, joined where a quoted field goes on. */
function recordsIn(text: string): string[] {
  const out: string[] = [];
  let open = false;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') open = !open;
    else if (letter === '\n' && !open) {
      out.push(text.slice(from, i));
      from = i + 1;
    }
  }
  return out;
}

function rowOf(text: string, row: number): ScoredRow {
  const cells = cellsOf(text, ',');
  const [score = '', verdict = '', ...reasons] = cells.splice(-OURS);
  return {
    row: row + 1,
    score: score === '' ? null : Number(score),
    verdict: verdict as ScoreVerdict,
    reasons: reasons.filter((reason) => reason !== ''),
    cells: cells.map((cell) => (cell.length > CELL_MAX ? `${cell.slice(0, CELL_MAX)}…` : cell)),
  };
}

/** All rows of one stride. */
async function strideOf(file: FileHandle, { starts }: Held, stride: number): Promise<string[]> {
  const from = starts[stride]!;
  const to = starts[stride + 1] ?? (await file.stat()).size;
  const { buffer } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return recordsIn(buffer.toString('utf8'));
}

export class ScoredFiles {
  private readonly folder: string;
  private readonly held = new Map<number, Held>();
  private count = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Where the next predictions are written. */
  async place(): Promise<{ id: number; path: string }> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const id = ++this.count;
    return { id, path: join(this.folder, `${id}.csv`) };
  }

  /** Beyond ten the oldest goes. */
  async keep(
    id: number,
    path: string,
    { scored, ...rest }: BulkDone,
    head: { name: string; createdAt: number },
  ): Promise<void> {
    this.held.set(id, { scored: { id, ...head, ...scored }, path, starts: rest.starts, rows: rest.rows });
    for (const old of [...this.held.keys()].slice(0, Math.max(0, this.held.size - KEPT))) await this.remove(old);
  }

  /** Newest first. */
  list(): ScoredFile[] {
    return [...this.held.values()].map(({ scored }) => scored).reverse();
  }

  /** @throws SondeError `not-found` */
  get(id: number): ScoredFile {
    return this.find(id).scored;
  }

  /** @throws SondeError `not-found` */
  async rows(id: number, list: RowList, offset: number, limit: number): Promise<ScoredRow[]> {
    const held = this.find(id);
    const end = Math.min(held.scored.lists[list], offset + limit);
    const wanted = Array.from({ length: Math.max(0, end - offset) }, (_, i) =>
      list === 'all' ? offset + i : held.rows[list][offset + i]!,
    );
    const strides = new Map<number, string[]>();
    const file = await open(held.path);
    try {
      for (const row of wanted) {
        const stride = Math.floor(row / STRIDE);
        if (!strides.has(stride)) strides.set(stride, await strideOf(file, held, stride));
      }
    } finally {
      await file.close();
    }
    return wanted.map((row) => rowOf(strides.get(Math.floor(row / STRIDE))![row % STRIDE] ?? '', row));
  }

  /** The predictions at another place. @throws SondeError `not-found` */
  async copy(id: number, to: string): Promise<void> {
    await copyFile(this.find(id).path, to, constants.COPYFILE_FICLONE);
  }

  /** @throws SondeError `not-found` */
  async remove(id: number): Promise<void> {
    const { path } = this.find(id);
    this.held.delete(id);
    await rm(path, { force: true });
  }

  private find(id: number): Held {
    const found = this.held.get(id);
    if (found) return found;
    const cure = 'Score the file again: what was scored is kept until the program ends, the last ten files.';
    throw new SondeError('not-found', 'this scored file is no longer there', String(id), cure);
  }
}
