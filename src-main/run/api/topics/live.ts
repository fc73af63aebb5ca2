import type { DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { LiveAccess, LiveInterface, LiveSourceChoice } from '../../../../src-shared/contract/topics/live.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import { interfaceCounters, listInterfaces, type InterfaceInfo } from '../../../meter/capture/access/interfaces.ts';
import { helperPlaces, type HelperPlaces } from '../../../meter/capture/access/places.ts';
import { canTellProcesses } from '../../../meter/enrich/processes/flow-processes.ts';
import { captureAccess, type Access } from '../../../meter/capture/access/state.ts';
import { appRoot, resourcePath } from '../../paths.ts';
import { checkFilter } from '../live/filter.ts';
import type { LiveStart } from '../live/host.ts';
import { installCommand, installHelper } from '../../../meter/capture/access/install.ts';
import { whenCancelled } from '../cancel.ts';
import type { Desk } from '../desk.ts';
import { fileOf, removeFiles } from './captures.ts';

const MEGABYTE = 1024 * 1024;
/** What was found out about privileges stays true for this long, ms: typing a filter asks often. */
const FRESH_MS = 3000;
/** Rates are of a stretch at least this long, ms. */
const RATE_MS = 500;

const places = (): HelperPlaces => helperPlaces(appRoot(), resourcePath());

/** Asks the system again only after a while. */
class Known {
  private access: Promise<Access> | undefined;
  private at = -Infinity;

  get(): Promise<Access> {
    const now = performance.now();
    if (!this.access || now - this.at > FRESH_MS) {
      this.at = now;
      this.access = captureAccess(places());
      this.access.catch(() => this.forget());
    }
    return this.access;
  }

  forget(): void {
    this.access = undefined;
  }
}

interface Counted {
  at: number;
  packets: number;
  bytes: number;
  rates: Pick<LiveInterface, 'packetsPerSecond' | 'bitsPerSecond'>;
}

/** Packets and bits a second of each interface, since it was asked for last. */
class InterfaceRates {
  private readonly counted = new Map<string, Counted>();

  async of(name: string): Promise<Counted['rates']> {
    const none = { packetsPerSecond: null, bitsPerSecond: null };
    const counters = await interfaceCounters(name);
    if (!counters) return none;
    const at = performance.now();
    const last = this.counted.get(name);
    if (last && at - last.at < RATE_MS) return last.rates;
    const seconds = last ? (at - last.at) / 1000 : 0;
    const rate = (now: number, before: number): number => Math.max(0, Math.round((now - before) / seconds));
    const rates = last
      ? {
          packetsPerSecond: rate(counters.packets, last.packets),
          bitsPerSecond: rate(counters.bytes * 8, last.bytes * 8),
        }
      : none;
    this.counted.set(name, { at, ...counters, rates });
    return rates;
  }
}

function shownAccess(access: Access): LiveAccess {
  const { engine, message, cure } = access;
  return {
    engine,
    message,
    cure,
    kernelTimestamps: engine === 'helper' || engine === 'dumpcap',
    countsDrops: engine === 'helper',
    tellsProcesses: canTellProcesses(),
    installable: installCommand(access, places()) !== null,
  };
}

async function shownInterface(info: InterfaceInfo, rates: InterfaceRates): Promise<LiveInterface> {
  const { name, description, addresses, up, loopback, linkType } = info;
  return { name, description, addresses, up, loopback, linkType, ...(await rates.of(name)) };
}

/** What the thread is to do; an uploaded file stays for as long as its capture. */
function startOf(desk: Desk, source: LiveSourceChoice, user: string): LiveStart {
  if (source.kind === 'file') {
    const { path, name } = fileOf(desk, source.file);
    return { source, input: { kind: 'file', path, speed: source.speed }, ring: null, label: name, user };
  }
  const { name, filter, promiscuous, leaveOutOwn, processes, ring, ringMegabytes } = source;
  const leaveOut = leaveOutOwn ? [...desk.ownPorts] : [];
  return {
    source,
    input: { kind: 'interface', name, filter, promiscuous, leaveOut, processes },
    ring: ring === 'off' ? null : { folder: desk.rings, mode: ring, maxBytes: ringMegabytes * MEGABYTE },
    label: name,
    user,
  };
}

export function liveHandlers(desk: Desk): DeskHandlers['live'] {
  const { live } = desk;
  const known = new Known();
  const rates = new InterfaceRates();
  return {
    interfaces: async () => {
      const found = await listInterfaces(await known.get());
      return { interfaces: await Promise.all(found.map((each) => shownInterface(each, rates))) };
    },
    access: async () => shownAccess(await known.get()),
    checkFilter: async ({ interface: name, filter }) => {
      const access = await known.get();
      const linkType = (await listInterfaces(access)).find((each) => each.name === name)?.linkType ?? 'ETHERNET';
      return checkFilter(access, filter, linkType);
    },
    start: async (source, { caller }) => {
      const asked = startOf(desk, source, caller.user);
      const session = await live.start(asked).catch(async (error: unknown) => {
        if (asked.input.kind === 'file') await removeFiles(desk, [asked.input.path]);
        throw error;
      });
      const filter = source.kind === 'interface' ? source.filter.trim() : '';
      await desk.audit(caller.user, 'watch', session.name, filter === '' ? '' : `filter: ${filter}`);
      return session;
    },
    stop: async ({ keep }, { caller }) => {
      const session = await live.stop(keep);
      await desk.audit(caller.user, 'watch-end', session.name, keep ? '' : 'thrown away');
      return session;
    },
    mark: async ({ note }, { caller }) => {
      const { name } = live.mark(note, caller.user);
      await desk.audit(caller.user, 'mark', name, note);
      return {};
    },
    session: () => ({ session: live.session() }),
    ticks: async (_, emit, { signal }) => {
      const end = live.listen(emit);
      emit(live.snapshot());
      await whenCancelled(signal);
      end();
    },
    installHelper: async (_, { caller }) => {
      await desk.audit(caller.user, 'install-helper', places().installed, 'asked for');
      const command = installCommand(await known.get(), places());
      if (!command) {
        throw new SondeError(
          'not-allowed',
          'the helper cannot be installed from here',
          '',
          'Type the command beside it in a terminal of the machine that captures.',
        );
      }
      await installHelper(command);
      known.forget();
      return shownAccess(await known.get());
    },
  };
}
