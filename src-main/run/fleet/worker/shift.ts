/**
 * What a worker does while it has the site's role: it reads, tells, and saves. Where any of it fails the shift is over, and nothing is
 * saved any more: the next one goes on from what was saved before, and tells again what may not have been told.
 */
import { SondeError } from '../../../../src-shared/errors.ts';
import type { NamedModel } from '../../pipeline/triage-types.ts';
import { names } from '../names.ts';
import type { Lease } from '../types.ts';
import type { WorkerOptions } from './events.ts';
import { healthOf, tellComplete, tellHealth } from './health.ts';
import { Intake } from './intake.ts';
import { ModelWatch } from './models.ts';
import { Site, type SiteOptions } from './site.ts';
import { IncidentTable } from './table.ts';
import { fleetIncidents, writeIncidents, type FleetIncident } from './tell.ts';

/** Work is done for so long before others get their turn, and new entries are waited for so long, ms. */
const TURN_MS = 100;
const WAIT_MS = 250;
/** State is saved this often, or less where saving takes more than so large a share of the time. */
const SAVE_MS = 2000;
const SAVE_SHARE = 0.1;

export class Shift {
  /** Somebody else has the role. */
  isLost = false;
  /** It goes on from what was saved. */
  readonly isResumed: boolean;
  private readonly options: WorkerOptions;
  private readonly lease: Lease;
  private readonly site: Site;
  private readonly intake: Intake;
  private readonly models: ModelWatch;
  private readonly table: IncidentTable;
  private saved: { at: number; cost: number; leftBehind: number };
  /** More has been read than was taken in. */
  private isBusy = false;
  /** Something was taken in since state was saved. */
  private isNew = false;
  /** The end was told, and nothing has come since. */
  private isComplete = false;

  private constructor(options: WorkerOptions, lease: Lease, parts: [Site, Intake, ModelWatch], isResumed: boolean) {
    this.options = options;
    this.lease = lease;
    [this.site, this.intake, this.models] = parts;
    this.table = new IncidentTable({ transport: options.transport, group: options.group, lease });
    this.isResumed = isResumed;
    this.saved = { at: performance.now(), cost: 0, leftBehind: this.site.timeline.leftBehind };
  }

  /** From what the role's last holder saved. @throws SondeError */
  static async begin(options: WorkerOptions, lease: Lease): Promise<Shift> {
    const { transport, group, keys, onEvent } = options;
    const { state, offsets } = await transport.load(names.correlatorRole(group));
    const models = new ModelWatch(transport, group);
    const model = (await otherModel(models, onEvent, true)) ?? options.model;
    const asked: SiteOptions = { ...options, model, sensors: [...keys.keys()], now: () => performance.now() };
    const site = state ? Site.restored(state, asked) : new Site(asked);
    return new Shift(options, lease, [site, new Intake(options, offsets), models], state !== undefined);
  }

  /** Keeps the role. While the server is away nobody can take it: it may still be ours when it is back. */
  async renew(ms: number): Promise<void> {
    const { transport, group, name } = this.options;
    this.isLost ||= !(await transport.renewLease(this.lease, ms).catch(() => true));
    if (this.isLost) return;
    await tellHealth(transport, group, healthOf(name, this.site, this.intake)).catch(() => undefined);
  }

  /** Takes in what has come and tells what came of it; true when all is told and nothing more is waited for. */
  async work(): Promise<boolean> {
    const { site, intake, options } = this;
    const model = await otherModel(this.models, options.onEvent, false);
    if (model) site.adopt(model);
    const came = await intake.read(site.timeline, this.isBusy ? 0 : WAIT_MS, options.signal);
    if (came > 0) this.isComplete = false;
    this.isBusy = await this.digest();
    const isDue = performance.now() - this.saved.at >= Math.max(SAVE_MS, this.saved.cost / SAVE_SHARE);
    if (this.isNew && (isDue || site.timeline.leftBehind !== this.saved.leftBehind)) await this.save();
    if (this.table.isDue && !this.isLost) await this.trim();
    if (this.isLost || this.isBusy || came > 0 || this.isComplete || !site.timeline.isDone) return false;
    return this.complete();
  }

  /** For one turn; whether there is more. */
  private async digest(): Promise<boolean> {
    const until = performance.now() + TURN_MS;
    const told: FleetIncident[] = [];
    let isBusy = true;
    while (isBusy && performance.now() < until) {
      const changes = this.site.step();
      isBusy = changes !== undefined;
      this.isNew ||= isBusy;
      if (changes) told.push(...fleetIncidents(changes, (uid, flows) => this.site.sensorsOf(uid, flows)));
    }
    await this.tell(told);
    // Whoever renews the role gets a turn.
    await new Promise((resolve) => setImmediate(resolve));
    return isBusy;
  }

  private async tell(told: readonly FleetIncident[]): Promise<void> {
    if (told.length === 0 || this.isLost) return;
    const { transport, group, onEvent } = this.options;
    this.isLost ||= !(await transport.commit(this.lease, { offsets: new Map(), ...writeIncidents(group, told) }));
    if (!this.isLost) for (const incident of told) onEvent({ event: 'incident', ...incident });
  }

  /** State and offsets, together. @throws SondeError */
  async save(): Promise<void> {
    if (this.isLost) return;
    const began = performance.now();
    const { site, intake, options } = this;
    const { leftBehind } = site.timeline;
    const state = site.saved();
    this.isLost ||= !(await options.transport.commit(this.lease, { state, offsets: intake.offsets(site.timeline) }));
    this.isNew = false;
    this.saved = { at: performance.now(), cost: performance.now() - began, leftBehind };
  }

  /** What the table has too many of goes; where that fails the work goes on. */
  private async trim(): Promise<void> {
    try {
      await this.table.trim();
    } catch (error) {
      if (!(error instanceof SondeError) || error.code === 'connection-lost') throw error;
      this.options.onEvent({ event: 'error', code: error.code, message: error.message });
    }
  }

  private async complete(): Promise<boolean> {
    const { site, options } = this;
    const told = fleetIncidents(site.ending(), (uid, flows) => site.sensorsOf(uid, flows));
    await this.tell(told);
    await this.save();
    if (this.isLost) return false;
    this.isComplete = true;
    const { flows, packets } = site.counts;
    const incidents = told.filter(({ withdrawn }) => !withdrawn).length;
    const refused = Object.fromEntries(this.intake.refused);
    options.onEvent({ event: 'complete', incidents, flows, packets, refused, sensors: site.timeline.standings() });
    await tellComplete(options.transport, options.group, site.now);
    return options.once === true;
  }
}

/** A model that was rolled out and cannot be used is told of; the one before goes on. */
async function otherModel(
  models: ModelWatch,
  onEvent: WorkerOptions['onEvent'],
  isUrgent: boolean,
): Promise<NamedModel | undefined> {
  try {
    const model = await models.changed(isUrgent);
    if (model) onEvent({ event: 'model', name: model.name, sha256: model.sha256 });
    return model;
  } catch (error) {
    if (!(error instanceof SondeError) || error.code === 'connection-lost') throw error;
    onEvent({ event: 'error', code: error.code, message: error.message });
    return undefined;
  }
}
