/** Runs the behaviours over what the meter sees and keeps what they report. */
import type { HostTable } from '../../meter/hosts.ts';
import type {
  Behaviour,
  BehaviourContext,
  BehaviourFactory,
  DeviceView,
  Finding,
  NetworkView,
  Observations,
  Origin,
} from '../types.ts';
import { NameBook } from '../behaviours/common/names.ts';
import { NO_DEVICES } from '../devices/none.ts';
import { groupFindings } from './group.ts';
import { makeNetworkView } from './network.ts';

/** Findings kept at once. Reached only by hostile input; the least confident go first. */
const FINDINGS_MAX = 20_000;

function originOf({ sources, targets, first, decided }: Finding): Origin {
  return { source: sources[0] ?? -1, target: targets[0] ?? -1, first, decided };
}

/** The behaviours of one run, and their findings by key. */
export class Watch {
  private readonly behaviours: readonly Behaviour[];
  private readonly context: BehaviourContext;
  private readonly names = new NameBook();
  private readonly kept = new Map<string, Finding>();
  /** What each finding said when it was first reported. */
  private readonly origins = new Map<string, Origin>();
  /** Findings that could not be kept. */
  dropped = 0;
  /** Counts reports and withdrawals. */
  revision = 0;

  constructor(
    factories: readonly BehaviourFactory[],
    hosts: HostTable,
    network: NetworkView = makeNetworkView(hosts),
    devices: DeviceView = NO_DEVICES,
  ) {
    this.behaviours = factories.map((make) => make());
    this.context = {
      hosts,
      network,
      devices,
      names: this.names,
      report: (key, finding) => this.keep(key, finding),
      withdraw: (key) => {
        this.revision++;
        this.kept.delete(key);
        this.origins.delete(key);
      },
    };
  }

  observe(seen: Observations): void {
    for (const message of seen.messages) this.names.learn(message);
    for (const behaviour of this.behaviours) behaviour.observe(seen, this.context);
  }

  /** Takes a finding of who is no behaviour, or brings it up to date. */
  note(key: string, finding: Finding): void {
    this.keep(key, finding);
  }

  finish(): void {
    for (const behaviour of this.behaviours) behaviour.finish(this.context);
  }

  /** What behaviours know of the network for another capture of it, by their ids. */
  history(): Record<string, string> {
    return Object.fromEntries(this.behaviours.flatMap(({ id, history }) => (history ? [[id, history.save()]] : [])));
  }

  /** Behaviours go on from what they knew of the network before; from nothing where that is not among `saved`. */
  resume(saved: Readonly<Record<string, string>>): void {
    for (const { id, history } of this.behaviours) history?.resume(saved[id] ?? '');
  }

  get size(): number {
    return this.kept.size;
  }

  /**
   * Drops the findings of whole incidents, those first that have been quiet longest, until at most `most` are left: for
   * captures that last for days. An incident that still grows keeps all of its own, so that it stays the same. With
   * `before` (packet time, seconds), only incidents that have been quiet since then.
   */
  forget(most: number, before = Number.POSITIVE_INFINITY): void {
    if (this.kept.size <= most) return;
    const keys = new Map([...this.kept].map(([key, finding]) => [finding, key]));
    const groups = groupFindings([...this.kept.values()]).sort((a, b) => a.last.sec - b.last.sec);
    for (const { findings, last } of groups) {
      if (this.kept.size <= most || last.sec >= before) break;
      for (const finding of findings) {
        const key = keys.get(finding);
        if (key === undefined) continue;
        this.kept.delete(key);
        this.origins.delete(key);
      }
    }
    this.revision++;
  }

  findings(): Finding[] {
    return [...this.kept.values()];
  }

  private keep(key: string, finding: Finding): void {
    if (this.kept.size >= FINDINGS_MAX && !this.kept.has(key) && !this.evict(finding.confidence)) return;
    this.revision++;
    let origin = this.origins.get(key);
    if (!origin) this.origins.set(key, (origin = originOf(finding)));
    this.kept.set(key, { ...finding, origin });
  }

  /** Drops a tenth of the findings, the least confident, to make room; false when the newcomer is one of them. */
  private evict(confidence: number): boolean {
    const ranked = [...this.kept.entries()].sort((a, b) => a[1].confidence - b[1].confidence);
    const limit = ranked[Math.floor(ranked.length / 10)]?.[1].confidence ?? 0;
    if (confidence < limit) {
      this.dropped++;
      return false;
    }
    for (const [key] of ranked.slice(0, Math.ceil(FINDINGS_MAX / 10))) {
      this.kept.delete(key);
      this.origins.delete(key);
    }
    this.dropped += Math.ceil(FINDINGS_MAX / 10);
    return true;
  }
}
