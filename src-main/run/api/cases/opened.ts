/** Cases that are open on the desk: each taken apart into a folder of its own, and a desk over its database. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CancelSource, type CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Dispatcher } from '../../../../src-shared/contract/dispatch.ts';
import type { OpenedCase } from '../../../../src-shared/contract/topics/cases.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { DATABASE, type CaseManifest } from '../../../keep/exports/case/manifest.ts';
import { caseInThread } from './thread.ts';

/** Each has threads of its own for its database. */
const OPEN_MAX = 4;

/** The desk of a case. */
export interface CaseDesk {
  readonly dispatcher: Dispatcher;
  close(): Promise<void>;
}

export interface OpenedCasesOptions {
  /** Where they are taken apart. */
  folder: string;
  now: () => number;
  openDesk: (database: string, about: OpenedCase) => Promise<CaseDesk>;
  /** One is being opened, or no longer. */
  onChange?: () => void;
}

/** Being checked and taken apart, and then its desk opened. */
interface Coming {
  readonly file: string;
  readonly stop: CancelSource;
  readonly over: Promise<OpenedCase>;
}

/** A desk that is being opened, and how many wait for it. */
interface Opening {
  readonly coming: Promise<OpenedCase>;
  wanted: number;
}

const calledOff = (file: string): SondeError =>
  new SondeError('cancelled', 'opening the case was called off', file, '');

function shown(id: string, file: string, openedAt: number, manifest: CaseManifest): OpenedCase {
  const { title, note, createdAt, createdBy, program, sha256, incidents, captures, parts } = manifest;
  return {
    id,
    file,
    openedAt,
    title,
    note,
    createdAt,
    createdBy,
    program,
    sha256,
    incidents: incidents.map(({ kind, severity, title: called }) => ({ kind, severity, title: called })),
    captures: captures.map(({ name, capture, packets, left, inputs }) => ({ name, capture, packets, left, inputs })),
    parts,
  };
}

export class OpenedCases {
  private readonly options: OpenedCasesOptions;
  private readonly open = new Map<string, { about: OpenedCase; desk: CaseDesk; folder: string }>();
  /** Being opened, by the ids that they will have: which cases they are is known only when they are taken apart. */
  private readonly coming = new Map<string, Coming>();
  /** Cases whose desks are being opened, by their hashes. */
  private readonly opening = new Map<string, Opening>();
  private isClosed = false;

  constructor(options: OpenedCasesOptions) {
    this.options = options;
  }

  /** Where they are taken apart. */
  get folder(): string {
    return this.options.folder;
  }

  /** First opened first. */
  list(): OpenedCase[] {
    return [...this.open.values()].map(({ about }) => about);
  }

  /** Those that are being opened; `callOff` ends that. */
  listComing(): { id: string; file: string }[] {
    return [...this.coming].map(([id, { file }]) => ({ id, file }));
  }

  dispatcherOf(id: string): Dispatcher | undefined {
    return this.open.get(id)?.desk.dispatcher;
  }

  /**
   * Checks every part of the case at `path` and opens it. `file`: what people call it. One that is open already is
   * checked again and stays as it is.
   *
   * @throws SondeError `damaged-case`, `wrong-version`, `not-found`, `too-many`, `disk-full`, `cancelled`
   */
  async add(path: string, file: string, signal?: CancelSignal): Promise<OpenedCase> {
    if (this.isClosed) throw calledOff(file);
    // What is taken apart at once is bounded, too: each takes its place on the disk.
    if (this.coming.size >= OPEN_MAX)
      throw new SondeError('too-many', `${OPEN_MAX} cases are being opened`, file, 'Wait until one of them is open.');
    const [id, stop] = [randomBytes(8).toString('hex'), new CancelSource()];
    if (signal?.aborted) stop.abort();
    else signal?.addEventListener('abort', () => stop.abort(), { once: true });
    const over = this.take(id, path, file, stop.signal);
    this.coming.set(id, { file, stop, over });
    this.options.onChange?.();
    try {
      return await over;
    } finally {
      this.coming.delete(id);
      this.options.onChange?.();
    }
  }

  /** Ends the opening of a case, and waits until nothing of it is left; the name of its file. Undefined: there is none. */
  async callOff(id: string): Promise<string | undefined> {
    const found = this.coming.get(id);
    found?.stop.abort();
    await found?.over.catch(() => undefined);
    return found?.file;
  }

  private async take(id: string, path: string, file: string, signal: CancelSignal): Promise<OpenedCase> {
    const { folder: cases, now } = this.options;
    const folder = join(cases, id);
    try {
      mkdirSync(cases, { recursive: true, mode: 0o700 });
      const manifest = await caseInThread({ task: 'open', path, folder }, signal);
      if (signal.aborted) throw calledOff(file);
      const known = this.list().find(({ sha256 }) => sha256 === manifest.sha256);
      const opening = known ? undefined : this.opening.get(manifest.sha256);
      if (known || opening) rmSync(folder, { recursive: true, force: true });
      return (
        known ?? (await this.awaited(opening ?? this.begin(shown(id, file, now(), manifest), folder), file, signal))
      );
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The desk of a case that was taken apart: one, whoever asks for it meanwhile. @throws SondeError `too-many` */
  private begin(about: OpenedCase, folder: string): Opening {
    if (this.open.size + this.opening.size >= OPEN_MAX) {
      const what = `${OPEN_MAX} cases are open already`;
      throw new SondeError('too-many', what, about.file, 'Put one of them away first.');
    }
    const coming = this.options
      .openDesk(join(folder, DATABASE), about)
      .then((desk) => {
        this.open.set(about.id, { about, desk, folder });
        return about;
      })
      .finally(() => this.opening.delete(about.sha256));
    const opening = { coming, wanted: 0 };
    this.opening.set(about.sha256, opening);
    return opening;
  }

  /** The case once its desk is open; put away again where all who waited for it have called it off. */
  private async awaited(opening: Opening, file: string, signal: CancelSignal): Promise<OpenedCase> {
    opening.wanted++;
    const about = await opening.coming;
    if (!signal.aborted) return about;
    opening.wanted--;
    if (opening.wanted === 0 && this.open.has(about.id)) await this.remove(about.id);
    throw calledOff(file);
  }

  /** Nothing of it stays. @throws SondeError `not-found` */
  async remove(id: string): Promise<OpenedCase> {
    const found = this.open.get(id);
    if (!found) throw new SondeError('not-found', 'this case is no longer open', id, '');
    this.open.delete(id);
    await found.desk.close();
    rmSync(found.folder, { recursive: true, force: true });
    return found.about;
  }

  /** What is being opened is called off, and waited for. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.coming.keys()].map((id) => this.callOff(id)));
    await Promise.all([...this.open.keys()].map((id) => this.remove(id)));
  }
}
