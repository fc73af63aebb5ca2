/** A document of schema `sonde.settings/1`: what the desk exports and imports, and `sonde watch --settings` reads. */
import { faultsInWords } from '../../src-shared/contract/faults.ts';
import { z } from '../../src-shared/contract/schema.ts';
import { settingsShape } from '../../src-shared/contract/topics/settings.ts';
import { suppressionInFile } from '../../src-shared/contract/topics/suppression-file.ts';
import { macOf } from '../../src-shared/domain/devices.ts';
import { parseAddress, parseNetwork } from '../../src-shared/domain/network.ts';
import { SUPPRESSIONS_MAX } from '../../src-shared/domain/suppression.ts';
import { alertsInDocument, reference } from '../keep/alerts/document.ts';
import { serverFault } from '../keep/radar/radar.ts';

export const SETTINGS_SCHEMA = 'sonde.settings/1';

const { networks, devices, roles, profile, budget, timeZone, retentionDays, theme, tourSeen, geo } =
  settingsShape.shape;

const network = networks.element.refine((text) => parseNetwork(text) !== null, {
  error: 'neither an address nor a network; write for example 192.168.0.0/16',
});
const device = devices.element.refine(({ address }) => parseAddress(address) !== null || macOf(address) !== null, {
  path: ['address'],
  error: 'neither an IP nor a hardware address; write for example 10.0.0.5 or a4:83:e7:c9:a5:2c',
});

const isNetwork = (text: string): boolean => parseNetwork(text) !== null;
const role = roles.element
  .refine(({ address }) => parseAddress(address) !== null || macOf(address) !== null, {
    path: ['address'],
    error: 'neither an IP nor a hardware address; write for example 10.0.0.5 or a4:83:e7:c9:a5:2c',
  })
  .refine(({ within }) => within.every(isNetwork), {
    path: ['within'],
    error: 'holds what is neither an address nor a network; write for example 192.168.0.0/16',
  });

export const settingsDocument = z.strictObject({
  schema: z.literal(SETTINGS_SCHEMA, `has to be "${SETTINGS_SCHEMA}"`),
  networks: z.array(network).max(256).optional(),
  devices: z.array(device).max(1000).optional(),
  roles: z.array(role).max(1000).optional(),
  profile: profile.optional(),
  budget: budget.optional(),
  suppressions: z.array(suppressionInFile).max(SUPPRESSIONS_MAX).optional(),
  ...alertsInDocument,
  geo: geo.optional(),
  /** Cloudflare Radar: off unless it says so. */
  radar: z
    .strictObject({
      enabled: z.boolean(),
      token: reference,
      server: z
        .string()
        .max(1000)
        .refine((text) => serverFault(text) === null, { error: 'must begin with https:// and name a server' })
        .optional(),
    })
    .optional(),
  // Of the desk's screens.
  timeZone: timeZone.optional(),
  retentionDays: retentionDays.optional(),
  theme: theme.optional(),
  tourSeen: tourSeen.optional(),
});
export type RadarInDocument = NonNullable<z.infer<typeof settingsDocument>['radar']>;
export type SettingsDocument = z.infer<typeof settingsDocument>;

const FAULTS_SHOWN = 3;

/** The first faults, in words. */
export const faultsOf = ({ issues }: z.ZodError): string => faultsInWords(issues, FAULTS_SHOWN, 'the document');
