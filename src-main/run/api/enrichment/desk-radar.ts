/** Cloudflare Radar of a desk: its settings in the store, its token among the secrets, its answers beside the database. */
import type { RadarState } from '../../../../src-shared/contract/topics/enrichment.ts';
import { z } from '../../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { SecretStore } from '../../../keep/alerts/secrets.ts';
import { Radar, RADAR_SERVER, serverFault } from '../../../keep/radar/radar.ts';
import type { Store } from '../../../keep/store/types.ts';

const SETTING = 'radar';
/** No channel of alerts begins with a capital: none can have this name. */
export const RADAR_TOKEN = 'Radar.token';
/** How often it is looked whether answers are too old. */
const EVERY_MS = 10 * 60_000;

const kept = z.object({ enabled: z.boolean(), server: z.string() });
type Kept = z.infer<typeof kept>;
const OFF: Kept = { enabled: false, server: RADAR_SERVER };

export interface DeskRadarOptions {
  store: Pick<Store, 'setting' | 'setSetting'>;
  secrets: SecretStore;
  /** Where answers are kept; absent: in memory. */
  file: string | undefined;
  now(): number;
  /** What it says is other than before. */
  onChange(): void;
}

export interface RadarChange {
  enabled?: boolean | undefined;
  server?: string | undefined;
  token?: string | undefined;
}

export class DeskRadar {
  private readonly options: DeskRadarOptions;
  private settings: Kept = OFF;
  private radar: Radar;
  private timer: NodeJS.Timeout | undefined;
  private changing: Promise<unknown> = Promise.resolve();

  constructor(options: DeskRadarOptions) {
    this.options = options;
    this.radar = this.make();
  }

  /** Takes up what is kept; asks nothing where it is off. */
  async begin(): Promise<void> {
    const parsed = kept.safeParse(await this.options.store.setting(SETTING));
    this.settings = parsed.success ? parsed.data : OFF;
    this.radar = this.make();
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.timer.unref();
    this.refresh();
  }

  /** What may be told of networks; null where it is off, or nothing was fetched yet. */
  get snapshot(): Radar['snapshot'] {
    return this.settings.enabled ? this.radar.snapshot : null;
  }

  async state(): Promise<RadarState> {
    const { enabled, server } = this.settings;
    const token = await this.options.secrets.get(RADAR_TOKEN).catch(() => null);
    return { enabled, server, hasToken: token !== null, last: this.radar.outcome, snapshot: this.snapshot };
  }

  /** @throws SondeError `bad-request` for a server that cannot be; where the token cannot be kept */
  set(change: RadarChange): Promise<RadarState> {
    const next = this.changing.then(() => this.change(change));
    this.changing = next.catch(() => undefined);
    return next;
  }

  /** @throws SondeError `bad-request` where it is off, `too-many` where it was asked a moment ago */
  async test(): Promise<RadarState> {
    if (!this.settings.enabled) {
      throw new SondeError('bad-request', 'Radar is switched off', 'radar', 'Switch it on first.');
    }
    await this.radar.fetch();
    this.options.onChange();
    return this.state();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.radar.close();
  }

  private async change({ enabled, server, token }: RadarChange): Promise<RadarState> {
    const { store, secrets } = this.options;
    const before = this.settings;
    const fault = server === undefined ? null : serverFault(server);
    if (fault !== null) throw new SondeError('bad-request', fault, 'server', `Usual is ${RADAR_SERVER}.`);
    const moved = server !== undefined && server !== before.server;
    // Whoever may say where it goes must not get a token that was meant for another place.
    if (token !== undefined || moved) await secrets.set(RADAR_TOKEN, token?.trim() ?? '');
    this.settings = { enabled: enabled ?? before.enabled, server: server ?? before.server };
    await store.setSetting(SETTING, this.settings);
    if (moved || !this.settings.enabled) {
      // What was fetched goes with the switch: off leaves nothing behind.
      await this.radar.close();
      this.radar.forget();
      this.radar = this.make();
    } else if (token) {
      // What went wrong with the token before says nothing of this one.
      await this.radar.close();
      this.radar = this.make();
    }
    this.refresh();
    this.options.onChange();
    return this.state();
  }

  private refresh(): void {
    if (!this.settings.enabled) return;
    const { radar } = this;
    void this.options.secrets
      .get(RADAR_TOKEN)
      .then((token) => (token === null ? undefined : radar.keepFresh()))
      .then(() => this.options.onChange())
      .catch(() => undefined);
  }

  private make(): Radar {
    const { secrets, file, now } = this.options;
    return new Radar({
      server: this.settings.server,
      token: () => secrets.get(RADAR_TOKEN),
      ...(file === undefined ? {} : { file }),
      now,
    });
  }
}
