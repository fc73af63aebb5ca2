/** What the engine's process does with the messages it gets. */
import { mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { envelopeOf, type ErrorEnvelope, type Transport } from '../../../src-shared/contract/wire.ts';
import type { ImportState } from '../../../src-shared/contract/topics/captures.ts';
import type { LiveSession, LiveTickShown } from '../../../src-shared/contract/topics/live.ts';
import { isCaseFile } from '../../../src-shared/domain/case-file.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { showNoticesBy } from '../../keep/alerts/channels/desktop.ts';
import { bugMessage } from '../api/bugs.ts';
import { openDesk, type OpenDesk } from '../api/desk.ts';
import type { GivenFleet } from '../api/fleet/desk-fleet.ts';
import { isOver } from '../api/import/jobs.ts';
import { programUser } from '../api/person.ts';
import { KeyFileSecrets } from '../../keep/alerts/key-file.ts';
import { openCaseFor } from '../api/topics/cases.ts';
import { deleteOwnData } from '../own-data.ts';
import { dataFolder } from '../paths.ts';
import { EngineSecrets } from './engine-secrets.ts';
import type { Port } from './electron-parts.ts';
import { Granted, withGrants } from './granted.ts';
import { protect, save } from './kept-file.ts';
import type { Asked, FromEngine, ToEngine } from './messages.ts';

export interface EnginePort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown; ports: Port[] }) => void): unknown;
}

export interface EngineOptions {
  database?: string;
  /** The fleet that the program was started with. */
  fleet?: GivenFleet | undefined;
  /** How the process ends (for tests). */
  exit?: (code: number) => void;
}

/** The contract over a port. */
export function portTransport(port: Port): Transport {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data));
      port.start();
    },
    onClose: (listener) => void port.on('close', listener),
    close: () => port.close(),
  };
}

export function envelope(error: unknown): ErrorEnvelope {
  return envelopeOf(error, error instanceof SondeError ? '' : bugMessage(error));
}

/** How far the imports under way are, together. */
function workingOf(jobs: readonly ImportState[]): Extract<FromEngine, { type: 'working' }> {
  const active = jobs.filter((job) => !isOver(job));
  const known = active.every((job) => job.total !== null);
  const total = active.reduce((sum, job) => sum + (job.total ?? 0), 0);
  const share = known && total > 0 ? Math.min(1, active.reduce((sum, job) => sum + job.bytes, 0) / total) : null;
  return { type: 'working', names: active.map((job) => job.name), share };
}

async function finishedOf(desk: OpenDesk, { name, capture, error }: ImportState): Promise<FromEngine> {
  const failed = error?.message ?? null;
  if (capture === null) return { type: 'finished', name, capture, incidents: 0, first: null, failed };
  const asked = { capture, search: '', suppressed: 'hide', order: 'rank', limit: 1 } as const;
  const { rows, total } = await desk.readers.ask('listIncidents', [asked]);
  const [row] = rows;
  const first = row ? { uid: row.uid, title: row.title, severity: row.severity } : null;
  return { type: 'finished', name, capture, incidents: total, first, failed };
}

/** Tells of imports at most this often, ms. */
const WORKING_MS = 500;

function followJobs(desk: OpenDesk, tell: (message: FromEngine) => void): void {
  const over = new Set<number>();
  let told = -Infinity;
  desk.jobs.listen((job) => {
    const ended = isOver(job) && !over.has(job.job);
    if (ended) {
      over.add(job.job);
      void finishedOf(desk, job).then(tell).catch(bugMessage);
    }
    if (!ended && performance.now() - told < WORKING_MS) return;
    told = performance.now();
    tell(workingOf(desk.jobs.list()));
  });
}

/** What is said of the live session in the tray; null where none runs. */
export function watchingText(session: LiveSession | null, tick: LiveTickShown | null): string | null {
  if (!session || session.state === 'ended' || session.state === 'failed') return null;
  const { critical = 0, warning = 0 } = tick?.incidents ?? {};
  const open = critical + warning;
  const found = open === 0 ? 'nothing to look at' : `${open} to look at${critical > 0 ? `, ${critical} critical` : ''}`;
  return `Sonde watches ${session.source.name}: ${found}`;
}

/** Tells of it when the words change. */
function followLive(desk: OpenDesk, tell: (message: FromEngine) => void): void {
  let told: string | null = null;
  desk.live.listen(({ type }) => {
    if (type === 'notice' || type === 'incident') return;
    const text = watchingText(desk.live.session(), desk.live.tick());
    if (text === told) return;
    told = text;
    tell({ type: 'watching', text });
  });
}

class Engine {
  private readonly desk: OpenDesk;
  private readonly tell: (message: FromEngine) => void;
  private readonly exit: (code: number) => void;
  private readonly user = programUser();
  private readonly granted = new Granted();
  private leaving = false;

  constructor(desk: OpenDesk, tell: (message: FromEngine) => void, exit: (code: number) => void) {
    this.desk = desk;
    desk.endings.leave = () => {
      this.leaving = true;
      tell({ type: 'leave' });
    };
    this.tell = tell;
    this.exit = exit;
  }

  async take(message: ToEngine, port: Port | undefined): Promise<void> {
    switch (message.type) {
      case 'connect':
        if (port) this.connect(port);
        return;
      case 'open':
        return this.open(message.files);
      case 'ask': {
        const error = await this.answer(message.asked).then(() => null, envelope);
        return this.tell({ type: 'answered', request: message.request, error });
      }
      case 'secret-answer':
        return;
      case 'close':
        await this.desk.close();
        if (this.leaving) deleteOwnData();
        return this.exit(0);
    }
  }

  private connect(port: Port): void {
    const reading = (paths: string[]): void => this.tell({ type: 'reading', paths });
    const transport = withGrants(portTransport(port), this.granted, reading);
    this.desk.dispatcher.serve(transport, { user: this.user, role: 'admin', host: 'desktop' });
  }

  /** Captures are read as one; each case is checked and opened beside the desk. */
  private async open(files: string[]): Promise<void> {
    const captures = files.filter((file) => !isCaseFile(file));
    try {
      if (captures.length > 0) {
        const job = this.desk.importFiles(captures);
        this.tell({ type: 'opened', job });
        await this.desk.audit(this.user, 'import', this.desk.jobs.get(job).name, 'opened with the desk');
      }
    } finally {
      for (const file of files.filter(isCaseFile)) await this.openCase(file);
    }
  }

  private async openCase(path: string): Promise<void> {
    const name = basename(path);
    const about = { type: 'case', name, error: null } as const;
    this.tell({ ...about, state: 'checking' });
    try {
      await openCaseFor(this.desk, this.user, { path, name });
      this.tell({ ...about, state: 'open' });
    } catch (error) {
      // Who called it off knows.
      const isCalledOff = error instanceof SondeError && error.code === 'cancelled';
      this.tell({ ...about, state: 'refused', error: isCalledOff ? null : envelope(error) });
    }
  }

  private async answer(asked: Asked): Promise<void> {
    switch (asked.what) {
      case 'save':
        return save(this.desk, asked.id, asked.to);
      case 'grant':
        return this.granted.add(asked.paths);
      case 'protect':
        return protect(this.desk, asked.path);
    }
  }
}

/** Opens the desk and serves it until it is told to close. */
export async function engineProcess(port: EnginePort, options: EngineOptions): Promise<void> {
  const tell = (message: FromEngine): void => port.postMessage(message);
  const exit = options.exit ?? ((code: number) => process.exit(code));
  const { database, fleet } = options;
  const secrets = new EngineSecrets(tell, new KeyFileSecrets(dataFolder()));
  // Before the desk is open: what waits in its queue of alerts is sent from then on.
  port.on('message', ({ data }) => {
    const message = data as ToEngine;
    if (message.type === 'secret-answer') secrets.take(message);
  });
  let desk: OpenDesk;
  try {
    if (database !== undefined) mkdirSync(dirname(database), { recursive: true, mode: 0o700 });
    desk = await openDesk({ paths: true, fleet, ...(database === undefined ? {} : { database, secrets }) });
  } catch (error) {
    tell({ type: 'failed', error: envelope(error) });
    return exit(1);
  }
  followJobs(desk, tell);
  followLive(desk, tell);
  showNoticesBy(async (notice) => {
    const { title, body, incident } = await desk.notices.placed(notice);
    tell({ type: 'alert', title, body, incident });
    return true;
  });
  const engine = new Engine(desk, tell, exit);
  port.on('message', ({ data, ports: [given] }) => void engine.take(data as ToEngine, given).catch(bugMessage));
  tell({ type: 'ready' });
}
