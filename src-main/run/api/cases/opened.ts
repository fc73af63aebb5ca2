/** Cases that are open on the desk: each taken apart into a folder of its own, and a desk over its database. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
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
}

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
  /** Being taken apart: which cases they are is known only then. */
  private coming = 0;
  /** Cases whose desks are being opened, by their hashes. */
  private readonly opening = new Map<string, Promise<OpenedCase>>();

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
    // What is taken apart at once is bounded, too: each takes its place on the disk.
    if (this.coming >= OPEN_MAX)
      throw new SondeError('too-many', `${OPEN_MAX} cases are being opened`, file, 'Wait until one of them is open.');
    this.coming++;
    try {
      return await this.take(path, file, signal);
    } finally {
      this.coming--;
    }
  }

  private async take(path: string, file: string, signal?: CancelSignal): Promise<OpenedCase> {
    const { folder: cases, now } = this.options;
    const id = randomBytes(8).toString('hex');
    mkdirSync(cases, { recursive: true, mode: 0o700 });
    const folder = join(cases, id);
    try {
      const manifest = await caseInThread({ task: 'open', path, folder }, signal);
      const known = this.list().find(({ sha256 }) => sha256 === manifest.sha256) ?? this.opening.get(manifest.sha256);
      if (known) {
        rmSync(folder, { recursive: true, force: true });
        return await known;
      }
      return await this.begin(shown(id, file, now(), manifest), folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Opens the desk of a case that was taken apart: one, whoever asks for it meanwhile. @throws SondeError `too-many` */
  private async begin(about: OpenedCase, folder: string): Promise<OpenedCase> {
    if (this.open.size + this.opening.size >= OPEN_MAX) {
      const what = `${OPEN_MAX} cases are open already`;
      throw new SondeError('too-many', what, about.file, 'Put one of them away first.');
    }
    const coming = this.options.openDesk(join(folder, DATABASE), about).then((desk) => {
      this.open.set(about.id, { about, desk, folder });
      return about;
    });
    this.opening.set(about.sha256, coming);
    try {
      return await coming;
    } finally {
      this.opening.delete(about.sha256);
    }
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

  async close(): Promise<void> {
    await Promise.allSettled(this.opening.values());
    await Promise.all([...this.open.keys()].map((id) => this.remove(id)));
  }
}
