/**
 * A worker: takes the site's role where nobody has it, goes on from what its last holder saved, and gives it back. Others stand by.
 * State and offsets are written together, and only by who holds the role: what a killed worker had not written is done again by
 * the next one with the same result (docs/fleet.md).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { SondeError } from '../../../../src-shared/errors.ts';
import { names } from '../names.ts';
import type { Lease } from '../types.ts';
import type { WorkerOptions } from './events.ts';
import { forgetOld, isComplete, standbyHealth, tellHealth } from './health.ts';
import { Shift } from './shift.ts';
import { Troubles } from './troubles.ts';

/** A role is held for so long after its holder was last heard of, ms. */
const LEASE_MS = 5000;
const RENEW_MS = 1000;
/** Who stands by looks this often. */
const STANDBY_MS = 500;
/** Without the server, it is tried again after this; where something in it is too large to be read, after that. */
const AWAY_MS = 500;
const UNREADABLE_MS = 5000;
/** Who stands by tells so this often. */
const TELL_MS = 2000;

/** The server is away, or somebody wrote something into it that is too large to be read: both may end. */
const PASSING: ReadonlySet<string> = new Set(['connection-lost', 'read-failed']);

export class Worker {
  private readonly options: WorkerOptions;
  private readonly troubles: Troubles;
  private told = Number.NEGATIVE_INFINITY;

  constructor(options: WorkerOptions) {
    this.options = options;
    this.troubles = new Troubles(options.onEvent);
  }

  /** Runs until the signal is given, or (`once`) all is told. */
  async run(): Promise<void> {
    const { signal, onEvent, name, group, keys, shards } = this.options;
    onEvent({ event: 'started', worker: name, group, sensors: [...keys.keys()], shards });
    let isDone = false;
    while (!signal.aborted && !isDone) {
      try {
        isDone = await this.turn();
      } catch (error) {
        if (!(error instanceof SondeError) || !PASSING.has(error.code)) throw error;
        this.troubles.met(error);
        await this.pause(error.code === 'connection-lost' ? AWAY_MS : UNREADABLE_MS);
      }
    }
    onEvent({ event: 'ended', reason: isDone ? 'complete' : 'signal' });
  }

  private pause(ms: number): Promise<unknown> {
    return wait(ms, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  /** Takes the role, or waits for it; true when there is nothing more to do. */
  private async turn(): Promise<boolean> {
    const { transport, group, name, once } = this.options;
    const lease = await transport.takeLease(names.correlatorRole(group), name, LEASE_MS);
    if (lease) return this.serve(lease);
    this.troubles.over();
    await this.tellStandby();
    await this.pause(STANDBY_MS);
    return once === true && (await isComplete(transport, group));
  }

  private async tellStandby(): Promise<void> {
    if (performance.now() - this.told < TELL_MS) return;
    this.told = performance.now();
    const { transport, group, name } = this.options;
    await tellHealth(transport, group, standbyHealth(name));
  }

  private async serve(lease: Lease): Promise<boolean> {
    const { transport, signal, onEvent } = this.options;
    const began = performance.now();
    const shift = await Shift.begin(this.options, lease);
    this.troubles.over();
    onEvent({ event: 'role', state: 'taken', resumed: shift.isResumed, ms: Math.round(performance.now() - began) });
    void forgetOld(transport, this.options.group).catch(() => undefined);
    const renewing = setInterval(() => void shift.renew(LEASE_MS), RENEW_MS);
    try {
      let isDone = false;
      while (!signal.aborted && !shift.isLost && !isDone) isDone = await shift.work();
      // Never after an error: what was not told would count as told.
      if (!isDone) await shift.save();
      // How it ended is told, too.
      await shift.renew(LEASE_MS);
      if (!shift.isLost) await transport.releaseLease(lease);
      onEvent({ event: 'role', state: shift.isLost ? 'lost' : 'given-back', resumed: false, ms: 0 });
      return isDone;
    } finally {
      clearInterval(renewing);
    }
  }
}
