/** A document of schema `sonde.settings/1`: what the desk exports and imports, and `sonde watch --settings` reads. */
import { z } from '../../src-shared/contract/schema.ts';
import { suppressionScope } from '../../src-shared/contract/topics/scope.ts';
import { settingsShape } from '../../src-shared/contract/topics/settings.ts';
import { macOf } from '../../src-shared/domain/devices.ts';
import { parseAddress, parseNetwork } from '../../src-shared/domain/network.ts';
import { alertsInDocument } from '../keep/alerts/document.ts';

export const SETTINGS_SCHEMA = 'sonde.settings/1';
export const SUPPRESSIONS_MAX = 1000;

export const moment = z.union(
  [z.int().min(0), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'neither milliseconds since 1970 nor a time like 2026-12-01T00:00:00Z',
);

/** A suppression in a file of ours. */
export const suppressionInFile = z.strictObject({
  scope: suppressionScope,
  reason: z.string().max(500).optional(),
  author: z.string().max(100).optional(),
  createdAt: moment.optional(),
  expiresAt: moment.nullable().default(null),
  enabled: z.boolean().default(true),
});
export type SuppressionInFile = z.infer<typeof suppressionInFile>;

const { networks, devices, profile, budget, timeZone, retentionDays, theme, tourSeen } = settingsShape.shape;

const network = networks.element.refine((text) => parseNetwork(text) !== null, {
  error: 'neither an address nor a network; write for example 192.168.0.0/16',
});
const device = devices.element.refine(({ address }) => parseAddress(address) !== null || macOf(address) !== null, {
  path: ['address'],
  error: 'neither an IP nor a hardware address; write for example 10.0.0.5 or a4:83:e7:c9:a5:2c',
});

export const settingsDocument = z.strictObject({
  schema: z.literal(SETTINGS_SCHEMA, `has to be "${SETTINGS_SCHEMA}"`),
  networks: z.array(network).max(256).optional(),
  devices: z.array(device).max(1000).optional(),
  profile: profile.optional(),
  budget: budget.optional(),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX).optional(),
  ...alertsInDocument,
  // Of the desk's screens.
  timeZone: timeZone.optional(),
  retentionDays: retentionDays.optional(),
  theme: theme.optional(),
  tourSeen: tourSeen.optional(),
});
export type SettingsDocument = z.infer<typeof settingsDocument>;
