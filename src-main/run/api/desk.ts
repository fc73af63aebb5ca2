/** The desk's engine room: the store, its readers, imports and files behind the contract, for whatever host carries it. */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { contract } from '../../../src-shared/contract/index.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { makeDispatcher, type Dispatcher } from '../../../src-shared/contract/dispatch.ts';
import type { OpenedCase } from '../../../src-shared/contract/topics/cases.ts';
import type { AuditAction } from '../../../src-shared/contract/topics/audit.ts';
import type { BackOff } from '../../keep/alerts/backoff.ts';
import { CHANNEL_KINDS } from '../../keep/alerts/channels/registry.ts';
import { KeyFileSecrets } from '../../keep/alerts/key-file.ts';
import { MemorySecrets, type SecretStore } from '../../keep/alerts/secrets.ts';
import type { Kinds } from '../../keep/alerts/senders.ts';
import { claimDatabase } from '../../keep/store/claim.ts';
import { openStore } from '../../keep/store/client.ts';
import { openReaders, type Readers } from '../../keep/store/readers.ts';
import type { Store } from '../../keep/store/types.ts';
import { RetrainingSchedule } from '../pipeline/retrain/schedule.ts';
import { workerUrl } from '../pipeline/workers.ts';
import { anonymiserOf } from '../anonymiser.ts';
import { dataFolder } from '../paths.ts';
import { FleetDesk, type FleetChoice, type FleetDeskOptions } from '../fleet/follow/fleet-desk.ts';
import { FailureCounts } from '../metrics/channels.ts';
import { DeskAlerts } from './alerts/desk-alerts.ts';
import { DeskMetrics } from './alerts/desk-metrics.ts';
import { DeskReports } from './alerts/desk-reports.ts';
import { LiveAlerts } from './alerts/live-alerts.ts';
import { Notices } from './alerts/notices.ts';
import { bugMessage } from './bugs.ts';
import { Changes } from './changes.ts';
import { watchExpiry } from './expiry.ts';
import { DeskRadar } from './enrichment/desk-radar.ts';
import { FileShelf } from './files.ts';
import { DeskFleet, type GivenFleet } from './fleet/desk-fleet.ts';
import { beside, refusedInCase, type Beside } from './cases/beside.ts';
import { withCases } from './cases/branches.ts';
import { OpenedCases } from './cases/opened.ts';
import { asLane } from '../../keep/store/lanes.ts';
import { temporaryFolder } from './temporary.ts';
import { watchOpened } from './opened.ts';
import { Jobs } from './import/jobs.ts';
import { deskHandlers } from './handlers.ts';
import { LabJobs } from './lab/jobs.ts';
import { DeskRules } from './rules/desk-rules.ts';
import { LiveHost } from './live/host.ts';
import { Looks } from './packets/looks.ts';
import { RecordThread } from './scoring/records.ts';
import { ScoredFiles } from './scoring/scored-files.ts';
import type { OwnPort } from './live/messages.ts';
import { usedFiles } from './topics/captures.ts';
import { cleanRings } from './rings.ts';
import { retire, watchRetention } from './retention.ts';

export interface DeskOptions {
  /** The database; absent: one that ends with the program. */
  database?: string;
  /** Whether `captures.import` takes paths of this machine. */
  paths: boolean;
  /** Milliseconds since 1970 (for tests). */
  now?: () => number;
  /** How often it is looked for captures that are too old (for tests). */
  retentionEveryMs?: number | undefined;
  /** Holds every answer to its schema (for tests). */
  checkOutput?: boolean;
  /** Where secrets of channels are kept; absent: in the user's own folder, or in memory where no database is kept. */
  secrets?: SecretStore | undefined;
  /** Folder of the rules that come with Sonde (for tests). */
  ownRules?: string | undefined;
  /** Kinds of channels, and how long is waited between attempts (for tests). */
  channelKinds?: Kinds | undefined;
  backOff?: BackOff | undefined;
  /** How often it is looked whether a report is due (for tests). */
  reportsEveryMs?: number | undefined;
  /** The database is that of a case: nothing in it is removed by age, and who looks at it is not noted in it. */
  ofCase?: Beside | undefined;
  /** The fleet whose incidents it takes, in the place of one that was connected in it; its transport is closed with the desk. */
  fleet?: GivenFleet | undefined;
}

/** What handlers work with. */
export interface Desk {
  readonly store: Store;
  readonly readers: Readers;
  readonly jobs: Jobs;
  readonly live: LiveHost;
  readonly fleet: DeskFleet;
  readonly alerts: DeskAlerts;
  readonly radar: DeskRadar;
  readonly rules: DeskRules;
  /** Of the desktop channel. */
  readonly notices: Notices;
  /** Reports that are sent by schedules. */
  readonly reports: DeskReports;
  readonly lab: LabJobs;
  /** Models that are trained anew each day. */
  readonly retraining: RetrainingSchedule;
  /** Files that were scored since the program started, and the thread that scores single records. */
  readonly scored: ScoredFiles;
  readonly records: RecordThread;
  /** Packets that are being read by somebody. */
  readonly looks: Looks;
  /** Where the desk itself listens: a session can leave that out. The host fills it. */
  readonly ownPorts: OwnPort[];
  /** Holds the packets that live sessions keep on disk. */
  readonly rings: string;
  readonly changes: Changes;
  /** Cases that are open beside the desk; and the one this is the desk of. */
  readonly cases: OpenedCases;
  readonly ofCase: OpenedCase | null;
  readonly uploads: FileShelf;
  readonly downloads: FileShelf;
  readonly paths: boolean;
  readonly kept: boolean;
  /** The database, where somebody named one, as a whole path. */
  readonly database: string | undefined;
  /** Where it lies, also where nobody named one. */
  readonly file: string;
  /** `leave`: ends the program and then deletes all that it keeps of its own accord. The host fills it where it can. */
  readonly endings: { leave?: () => void };
  readonly started: number;
  now(): number;
  audit(user: string, action: AuditAction, object: string, detail?: string): Promise<void>;
  /** Rules or lists have changed: a session that runs and whoever shows them hear of it. */
  rulesChanged(): void;
  /** Judges all incidents anew by the suppressions in force. */
  refreshSuppressions(): Promise<void>;
}

export interface OpenDesk extends Desk {
  readonly dispatcher: Dispatcher;
  /** Imports files of this machine as one capture; the number of the job. */
  importFiles(files: readonly string[]): number;
  /** Cancels imports (what was read is kept), waits for the store, removes what is not to stay. */
  close(): Promise<void>;
}

/** How long a cancelled import may take to keep what it has read, ms. */
const PATIENCE_MS = 20_000;
/** … and a live session, whose remaining flows are stored at its end: a flood's take a minute and more. */
const LIVE_PATIENCE_MS = 180_000;
/** … and alerts that are being sent: those that are not, wait in the queue. */
const ALERTS_PATIENCE_MS = 1000;

/** Where the database and its files lie. */
function places(database: string | undefined): { path: string; uploads: string; temporary: string } {
  const temporary = temporaryFolder();
  if (database === undefined)
    return { path: join(temporary, 'desk.db'), uploads: join(temporary, 'captures'), temporary };
  const path = resolve(database);
  return { path, uploads: join(dirname(path), `${basename(path)}.captures`), temporary };
}

function unopened(error: unknown, path: string): SondeError {
  if (error instanceof SondeError) return error;
  const what = `${path}: what is kept there cannot be used (${error instanceof Error ? error.message : String(error)})`;
  return new SondeError('read-failed', what, path, 'Restore the database from a copy, or open another one.', {
    cause: error,
  });
}

interface FleetParts {
  store: Store;
  secrets: SecretStore;
  now(): number;
  alerts: LiveAlerts;
  changes: Changes;
}

function fleetOf({ fleet }: DeskOptions, { store, secrets, now, alerts, changes }: FleetParts): DeskFleet {
  const told: Omit<FleetDeskOptions, keyof FleetChoice> = {
    store,
    now,
    onIncident: (event, capture, begun) => alerts.take(event, capture, begun),
    onStored: (capture, uids) => {
      void alerts.stored(capture, uids);
      changes.tell({ what: 'incidents', capture });
    },
    // It is the same capture as before: who looks at it does not open it anew.
    onCapture: () => changes.tell({ what: 'captures', capture: null }),
    onBug: bugMessage,
  };
  const follow = (choice: FleetChoice): FleetDesk => new FleetDesk({ ...choice, ...told });
  return new DeskFleet({ store, secrets, given: fleet, now, follow, onBug: bugMessage });
}

/** @throws SondeError when the database cannot be used; `database-busy` where another desk has it. */
export async function openDesk(options: DeskOptions): Promise<OpenDesk> {
  const now = options.now ?? Date.now;
  const claim = options.database === undefined ? undefined : claimDatabase(options.database);
  const { path, uploads, temporary } = places(options.database);
  const store = await openStore(path, workerUrl('keep/store/store.worker')).catch((error: unknown) => {
    rmSync(temporary, { recursive: true, force: true });
    claim?.forget();
    throw error;
  });
  const readers = openReaders(path, workerUrl('keep/store/reader.worker'));
  readers.warm();
  const changes = new Changes();
  const lists = `${path}.lists`;
  const jobs = new Jobs({
    lists,
    connect: () => store.connect(),
    now,
    onCapture: (capture) => {
      changes.tell({ what: 'captures', capture });
      changes.tell({ what: 'incidents', capture });
    },
    onBug: bugMessage,
  });
  const failures = new FailureCounts();
  const alerts: DeskAlerts = new DeskAlerts({
    store,
    kinds: options.channelKinds ?? CHANNEL_KINDS,
    secrets:
      options.secrets ?? (options.database === undefined ? new MemorySecrets() : new KeyFileSecrets(dataFolder())),
    now,
    onChange: () => changes.tell({ what: 'alerts', capture: null }),
    // The queue itself tells of each channel how it does.
    onTrouble: ({ what, words }) => {
      if (what === 'store' || what === 'damaged') bugMessage(new Error(`alerts: ${words}`));
    },
    metrics: { follow: (port) => metrics.follow(port) },
    failures,
    backOff: options.backOff,
  });
  const reports = new DeskReports({
    store,
    readers,
    service: alerts.service,
    kinds: alerts.kinds,
    anonymiser: () => anonymiserOf(path),
    now,
    onChange: () => changes.tell({ what: 'alerts', capture: null }),
    onFailure: bugMessage,
    tickMs: options.reportsEveryMs,
  });
  const liveAlerts = new LiveAlerts({
    incident: (news) => alerts.service.incident(news),
    expected: (capture) => store.expectedIncidents(capture),
    suppressions: () => readers.ask('listSuppressions', [now()]),
    now,
  });
  const live = new LiveHost({
    lists,
    connect: () => store.connect(),
    now,
    onCapture: (capture, what) => {
      if (what !== 'incidents') changes.tell({ what: 'captures', capture });
      if (what !== 'flows') changes.tell({ what: 'incidents', capture });
    },
    onIncident: (event, capture, startedAt) => liveAlerts.take(event, capture, startedAt),
    onStored: (capture, uids) => void liveAlerts.stored(capture, uids),
    onSession: () => {
      changes.tell({ what: 'live', capture: null });
      changes.tell({ what: 'alerts', capture: null });
    },
    onExports: () => changes.tell({ what: 'alerts', capture: null }),
    onBug: bugMessage,
    baselines: options.database === undefined ? null : `${path}.baselines`,
  });
  const metrics = new DeskMetrics({ live, readers, failures, now });
  const rulesChanged = (): void => {
    changes.tell({ what: 'rules', capture: null });
    live.rulesChanged();
  };
  const rules = new DeskRules({ store, folder: lists, now, onChange: rulesChanged, own: options.ownRules });
  const radar = new DeskRadar({
    store,
    secrets: alerts.secrets,
    file: options.database === undefined ? undefined : `${path}.radar.json`,
    now,
    onChange: () => changes.tell({ what: 'settings', capture: null }),
  });
  const lab = new LabJobs({ now, onBug: bugMessage });
  const retraining = new RetrainingSchedule({
    store,
    readers,
    now,
    onChange: () => changes.tell({ what: 'models', capture: null }),
    onFailure: bugMessage,
  });
  const fleet = fleetOf(options, { store, secrets: alerts.secrets, now, alerts: liveAlerts, changes });
  const desk: Desk = {
    store,
    readers,
    jobs,
    live,
    fleet,
    alerts,
    radar,
    rules,
    rulesChanged,
    notices: new Notices(readers),
    reports,
    lab,
    retraining,
    scored: new ScoredFiles(join(temporary, 'scored')),
    records: new RecordThread(),
    looks: new Looks(),
    ownPorts: [],
    rings: `${path}.packets`,
    changes,
    cases: new OpenedCases({
      folder: join(temporary, 'cases'),
      now,
      onChange: () => changes.tell({ what: 'captures', capture: null }),
      openDesk: (file, about) =>
        openDesk({ database: file, paths: false, secrets: new MemorySecrets(), now, ofCase: beside(desk, about) }),
    }),
    ofCase: options.ofCase?.about ?? null,
    uploads: new FileShelf(uploads, now),
    downloads: options.ofCase?.downloads ?? new FileShelf(join(temporary, 'downloads'), now),
    paths: options.paths,
    kept: options.database !== undefined,
    database: options.database === undefined ? undefined : path,
    file: path,
    endings: {},
    started: now(),
    now,
    audit:
      options.ofCase?.audit ??
      ((user, action, object, detail = '') => store.addAudit({ at: now(), user, action, object, detail })),
    refreshSuppressions: async () => {
      await store.applySuppressions(now(), null);
      changes.tell({ what: 'suppressions', capture: null });
      changes.tell({ what: 'incidents', capture: null });
    },
  };
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    if (!options.ofCase) await retire(desk);
    desk.uploads.clean(await usedFiles(desk));
    cleanRings(desk.rings, await store.captures());
    await store.applySuppressions(now(), null);
    await alerts.reload();
    await reports.reload();
    await radar.begin();
    if (!options.ofCase) await rules.prepare();
    if (!options.ofCase) await fleet.begin();
  } catch (error) {
    await fleet.close();
    await liveAlerts.close();
    await reports.schedules.close();
    await Promise.allSettled([retraining.close(), alerts.close(), radar.close(), metrics.close()]);
    await Promise.allSettled([readers.close(), store.close()]);
    rmSync(temporary, { recursive: true, force: true });
    claim?.release();
    throw unopened(error, path);
  }
  const unwatch = options.ofCase ? [] : [watchExpiry(desk), watchRetention(desk, options.retentionEveryMs)];
  const opened = options.ofCase ? () => Promise.resolve() : watchOpened(desk);
  const own = makeDispatcher(contract, deskHandlers(desk), {
    onBug: bugMessage,
    onAnswer: (input, caller, name) =>
      opened(input, caller, name)
        .catch(bugMessage)
        .then(() => undefined),
    ...(options.ofCase && { refuse: refusedInCase }),
    within: ({ user }, work) => asLane(user, work),
    checkOutput: options.checkOutput ?? false,
  });
  const dispatcher = withCases(own, (id) => desk.cases.dispatcherOf(id));
  return {
    ...desk,
    dispatcher,
    importFiles: (files) => jobs.add(files, files.map((f) => basename(f)).join(', ')),
    close: async () => {
      for (const end of unwatch) end();
      desk.looks.close();
      await Promise.all([
        jobs.close(PATIENCE_MS),
        live.close(LIVE_PATIENCE_MS),
        fleet.close(),
        desk.cases.close(),
        lab.close(),
        desk.records.close(),
        retraining.close(),
      ]);
      await liveAlerts.close();
      await reports.schedules.close();
      await alerts.close(ALERTS_PATIENCE_MS);
      await radar.close();
      await metrics.close();
      await readers.close();
      await store.close();
      desk.uploads.clear();
      rmSync(temporary, { recursive: true, force: true });
      claim?.release();
    },
  };
}
