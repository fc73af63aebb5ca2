/** Settings of the desk, one set for all its users. */
import { ROLE_DECISIONS, ROLE_IDS } from '../../domain/roles.ts';
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { nothing } from './common.ts';

const NAME_MAX = 100;

export const settingsShape = z.strictObject({
  profile: z.enum(['auto', 'home', 'office', 'enterprise']),
  /** False alarms at warning or above tolerated a day; null: as is usual in such an environment. */
  budget: z.number().min(0).max(1000).nullable(),
  devices: z
    .array(
      z.strictObject({
        /** IP or hardware address. */
        address: z.string().min(1).max(64),
        name: z.string().max(NAME_MAX),
        /** What it is, in any words; src-shared/domain/devices.ts names those that change a judgement. */
        role: z.string().max(NAME_MAX),
      }),
    )
    .max(1000),
  /** Roles of hosts that were proposed, and what someone decided of them. */
  roles: z
    .array(
      z.strictObject({
        /** IP or hardware address. */
        address: z.string().min(1).max(64),
        role: z.enum(ROLE_IDS),
        decision: z.enum(ROLE_DECISIONS),
        /** Networks (CIDR) in which it does its work; none: anywhere. */
        within: z.array(z.string().min(1).max(64)).max(64),
      }),
    )
    .max(1000),
  /** Networks that are ours, in CIDR, all of them; empty: those that are private by their addresses. */
  networks: z.array(z.string().min(1).max(64)).max(256),
  /** Files of this machine: databases that say where addresses are registered (.mmdb). */
  geo: z.array(z.string().min(1).max(4096)).max(8),
  /** IANA name, or 'system'. */
  timeZone: z.string().min(1).max(64),
  /** Days after which captures are removed; 0: never. */
  retentionDays: z.int().min(0).max(36_500),
  theme: z.enum(['system', 'light', 'dark']),
  /** Whether the first-run tour was seen. */
  tourSeen: z.boolean(),
});
export type Settings = z.infer<typeof settingsShape>;

export const DEFAULT_SETTINGS: Settings = {
  profile: 'auto',
  budget: null,
  devices: [],
  roles: [],
  networks: [],
  geo: [],
  timeZone: 'system',
  retentionDays: 0,
  theme: 'system',
  tourSeen: false,
};

export const settings = {
  get: query(nothing, settingsShape),
  /** Changes what is given, leaves the rest. Roles are decided one by one (`roles.decide`). */
  set: command(settingsShape.omit({ roles: true }).partial(), settingsShape),
} as const;
