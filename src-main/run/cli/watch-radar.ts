/** `sonde watch --settings`: what Cloudflare Radar says of networks, where the settings switch it on. */
import { join } from 'node:path';
import type { Place } from '../../../src-shared/domain/place.ts';
import { radarLine } from '../../../src-shared/domain/radar.ts';
import { resolve } from '../../keep/alerts/document.ts';
import { KeyFileSecrets } from '../../keep/alerts/key-file.ts';
import { Radar, RADAR_SERVER } from '../../keep/radar/radar.ts';
import { dataFolder } from '../paths.ts';
import type { RadarInDocument } from '../settings-document.ts';
import { say } from './errors.ts';

/** How often it is looked whether answers are too old, ms. */
const EVERY_MS = 10 * 60_000;

export class WatchRadar {
  private readonly radar: Radar;
  private readonly timer: NodeJS.Timeout;
  private told = '';

  private constructor(radar: Radar) {
    this.radar = radar;
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.timer.unref();
    this.refresh();
  }

  /** Fetches in the background; watching never waits for it. @throws SondeError where there is no such token */
  static async open({ token: given, server = RADAR_SERVER }: RadarInDocument): Promise<WatchRadar> {
    const token = await resolve(given, 'radar', new KeyFileSecrets(dataFolder()));
    const file = join(dataFolder(), 'radar.json');
    return new WatchRadar(new Radar({ server, token: () => Promise.resolve(token), file, now: Date.now }));
  }

  /** What Radar says of a place's network; '' where nothing. */
  readonly noteOf = (place: Place): string => radarLine(place, this.radar.snapshot);

  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.radar.close();
  }

  private refresh(): void {
    void this.tellTrouble(this.radar.keepFresh());
  }

  private async tellTrouble(fetched: Promise<void>): Promise<void> {
    await fetched;
    const { outcome } = this.radar;
    // Once a cause, not every half hour.
    if (!outcome || outcome.ok || outcome.words === this.told) return;
    this.told = outcome.words;
    say(`Cloudflare Radar: ${outcome.words}. It is tried again later; watching goes on.`);
  }
}
