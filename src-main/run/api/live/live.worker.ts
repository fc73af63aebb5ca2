/**
 * One live session, on a thread of its own: opens the card (or the file that is played), runs the stages, tells of what
 * it sees, brings incidents into the store as they open, and keeps the whole as a capture at its end.
 */
import type { LiveEvent, LiveTick } from '../../../../src-shared/domain/live.ts';
import { failureOf } from '../../../keep/store/failure.ts';
import { Places } from '../../../meter/enrich/geo/places.ts';
import type { FlowProcesses } from '../../../meter/enrich/processes/flow-processes.ts';
import { storeOver } from '../../../keep/store/client.ts';
import type { Store } from '../../../keep/store/types.ts';
import { CaptureKeeper } from '../import/keeper.ts';
import { removeRing, ringFolder } from '../rings.ts';
import { ActiveRules } from '../rules/active.ts';
import { readSettings } from '../topics/settings.ts';
import { capture } from '../../pipeline/live/capture.ts';
import { replay } from '../../pipeline/live/replay.ts';
import { openFlowProcesses, withProcesses } from '../../pipeline/live/processes.ts';
import { LIVE_FLOWS, watch } from '../../pipeline/live/session.ts';
import type { LiveSource } from '../../pipeline/live/source.ts';
import { loadScoringModel } from '../../pipeline/model.ts';
import { promotedChanges, promotedOf } from '../../pipeline/promoted.ts';
import type { MarkLists } from '../../../detect/incidents/suppressions/engine.ts';
import { threadSide } from '../../pipeline/threads.ts';
import { liveErrorAsOurs } from './errors.ts';
import { HostSeconds } from './host-seconds.ts';
import type { FromLive, LiveData, LiveInput, ToLive } from './messages.ts';
import { SessionExports } from './session-exports.ts';
import { SessionKeeper } from './session-keeper.ts';

const SEED = 1;
/** That flows reached the store is told this often at most, ms: whoever shows them asks again. */
const FLOWS_TOLD_MS = 5000;

const side = threadSide();
const data = side.data as LiveData;
const tell = (message: FromLive): void => side.send(message);
const stop = new AbortController();
let keep = true;
let rules: ActiveRules | undefined;
let exported: SessionExports | undefined;
side.onMessage((given) => {
  const message = given as ToLive;
  if (message.type === 'rules') return void rules?.reload();
  if (message.type === 'exports') return void exported?.reload();
  keep = message.keep;
  stop.abort();
});

function open(input: LiveInput): Promise<LiveSource> {
  if (input.kind === 'file') {
    return replay({ files: [input.path], speed: input.speed, signal: stop.signal });
  }
  const { name, filter, promiscuous, leaveOut } = input;
  return capture({
    interface: name,
    promiscuous,
    ...(filter.trim() === '' ? {} : { filter: filter.trim() }),
    ...(leaveOut.length > 0 ? { excludeOwn: [...leaveOut] } : {}),
  });
}

/** Events of the session as they go to the desk. */
function passOn(
  event: LiveEvent,
  flows: ReadonlySet<number> | undefined,
  marks: MarkLists | undefined,
  session: SessionKeeper,
): void {
  switch (event.event) {
    case 'incident':
      session.onIncident(event, flows, marks);
      exported?.take(event);
      return tell({ type: 'incident', event });
    case 'notice':
      return tell({ type: 'notice', code: event.code, message: event.message });
    case 'error':
      return tell({ type: 'error', code: event.code, message: event.message });
    case 'ended':
      return tell({ type: 'ended', end: event.reason });
    case 'started':
    case 'stats':
    case 'mark':
      return;
  }
}

/** What a session needs that is read before a card is opened. */
async function prepare(store: Store) {
  const [settings, model, promoted] = await Promise.all([
    readSettings(store),
    loadScoringModel(undefined),
    promotedOf(store),
  ]);
  const { networks, devices, roles, profile, budget, geo } = settings;
  const places = Places.readable(geo);
  return {
    seed: SEED,
    model,
    promoted,
    promotedChanges: promotedChanges(store),
    networks,
    devices,
    roles,
    ...(profile === 'auto' ? {} : { profile }),
    budget: budget ?? ('default' as const),
    ...(places ? { places } : {}),
  };
}

const rulesNotice = (message: string): void => tell({ type: 'notice', code: 'rules', message });
const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function run({ input, ring, baselines, lists, name, startedAt, port }: LiveData): Promise<void> {
  const store = storeOver(port);
  const judged = await prepare(store);
  const known = (rules = await ActiveRules.open(
    {
      store,
      folder: lists,
      now: Date.now,
      onReloaded: rulesNotice,
      onFailure: (error) =>
        rulesNotice(`Rules or lists cannot be read again, and those before stay in force: ${said(error)}`),
    },
    true,
  ));
  const source = await open(input);
  let programs: FlowProcesses | undefined;
  try {
    tell({ type: 'started', started: source.started });
    const keeper = await CaptureKeeper.begin(store, name, startedAt);
    const packets = ring && { ...ring, folder: ringFolder(ring.folder, keeper.capture) };
    tell({ type: 'begun', capture: keeper.capture, ringFolder: packets?.folder ?? null });
    exported = new SessionExports({
      store,
      capture: keeper.capture,
      onStates: (states) => tell({ type: 'exports', states }),
      onNotice: (code, message) => tell({ type: 'notice', code, message }),
    });
    await exported.reload();
    const seconds = new HostSeconds();
    source.meter.onSecond = (second, hosts) => seconds.add(second, hosts);
    let flowsTold = -Infinity;
    const flowLimit = input.kind === 'file' ? Infinity : LIVE_FLOWS;
    const session = new SessionKeeper({
      store,
      keeper,
      hosts: source.meter.hosts,
      keeps: flowLimit,
      onStored: (what, uids) => {
        if (what === 'incidents') {
          exported?.stored(uids);
          return tell({ type: 'stored', uids: [...uids] });
        }
        if (performance.now() - flowsTold < FLOWS_TOLD_MS) return;
        flowsTold = performance.now();
        tell({ type: 'flows-stored' });
      },
      onFailure: (what, error) => tell({ type: 'notice', code: 'not-stored', message: unstored(what, error) }),
    });
    const onTick = (tick: LiveTick): void => {
      const { heat, talkers } = seconds.take(source.meter.hosts);
      tell({ type: 'tick', tick: { ...tick, talkers }, heat });
    };
    const unwritten = (error: unknown): void => rulesNotice(`What rules found cannot be written: ${said(error)}`);
    known.begin(keeper.capture, unwritten);
    const hooks = keeper.hooks();
    programs = input.kind === 'interface' && input.processes ? openFlowProcesses() : undefined;
    const result = await watch(source, {
      ...judged,
      ...known.options,
      ...hooks,
      ...(programs ? { onObservations: withProcesses(programs, hooks.onObservations) } : {}),
      signal: stop.signal,
      ...(packets ? { ring: packets } : {}),
      // What is played may come from any network: it teaches nothing about the one that we are in.
      ...(baselines === null || input.kind === 'file' ? {} : { baselines }),
      flowLimit,
      onEvent: (event, flows, marks) => passOn(event, flows, marks, session),
      onFlows: (ended, scores) => {
        session.onFlows(ended, scores);
        exported?.takeFlows(ended);
      },
      isExpected: session.isExpected,
      onRoles: session.onRoles,
      onTick,
    });
    try {
      await known.end(keeper.capture).catch(unwritten);
      if (keep) await session.end(result);
      else {
        await session.discard();
        if (ring) removeRing(ring.folder, keeper.capture);
      }
    } finally {
      result.close();
    }
    await exported.end();
    tell({ type: 'done', kept: keep });
  } finally {
    await programs?.close();
    await exported?.end();
    await source.close();
  }
}

function unstored(what: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `${what} cannot be written into the database (${why}); they are kept in memory until the end of the session`;
}

try {
  await run(data);
} catch (error) {
  const where = data.input.kind === 'interface' ? data.input.name : data.input.path;
  tell({ type: 'failed', failure: failureOf(liveErrorAsOurs(error, where), where) });
} finally {
  data.port.close();
  side.end();
}
