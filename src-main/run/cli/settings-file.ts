/** `--settings FILE`: the desk's settings as JSON, schema `sonde.settings/1`. */
import { z } from '../../../src-shared/contract/schema.ts';
import { settingsShape } from '../../../src-shared/contract/topics/settings.ts';
import { suppressionInFile } from '../../../src-shared/contract/topics/suppression-file.ts';
import { macOf } from '../../../src-shared/domain/devices.ts';
import { parseAddress, parseNetwork } from '../../../src-shared/domain/network.ts';
import { SUPPRESSIONS_MAX } from '../../../src-shared/domain/suppression.ts';
import { readJsonFile } from './json-file.ts';

const SCHEMA = 'sonde.settings/1';
/** Alert channels, routes. */
const MOST = 1000;
const CURE = 'Correct the file; docs/cli.md tells what may stand in it.';

const { networks, devices, profile, budget, timeZone, retentionDays, theme, tourSeen } = settingsShape.shape;

const network = networks.element.refine((text) => parseNetwork(text) !== null, {
  error: 'neither an address nor a network; write for example 192.168.0.0/16',
});
const device = devices.element.refine(({ address }) => parseAddress(address) !== null || macOf(address) !== null, {
  path: ['address'],
  error: 'neither an IP nor a hardware address; write for example 10.0.0.5 or a4:83:e7:c9:a5:2c',
});
/** What alerts go through and where to is not read by `watch`: nothing of it is looked at, kept or shown. */
const unread = z.array(z.unknown()).max(MOST).optional();

const fileShape = z.strictObject({
  schema: z.literal(SCHEMA, `has to be "${SCHEMA}"`),
  networks: z.array(network).max(256).default([]),
  devices: z.array(device).max(1000).default([]),
  profile: profile.default('auto'),
  budget: budget.default(null),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX).default([]),
  channels: unread,
  routes: unread,
  // Of the desk's screens.
  timeZone: timeZone.optional(),
  retentionDays: retentionDays.optional(),
  theme: theme.optional(),
  tourSeen: tourSeen.optional(),
});

/** What `watch` judges by. */
export type SettingsFile = Pick<
  z.infer<typeof fileShape>,
  'networks' | 'devices' | 'profile' | 'budget' | 'suppressions'
>;

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export function readSettingsFile(path: string): Promise<SettingsFile> {
  return readJsonFile(path, fileShape, CURE);
}
