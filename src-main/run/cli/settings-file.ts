/** `--settings FILE`: the desk's settings as JSON, schema `sonde.settings/1`. */
import { readFile, stat } from 'node:fs/promises';
import { z } from '../../../src-shared/contract/schema.ts';
import { suppressionScope } from '../../../src-shared/contract/topics/scope.ts';
import { settingsShape } from '../../../src-shared/contract/topics/settings.ts';
import { macOf } from '../../../src-shared/domain/devices.ts';
import { parseAddress, parseNetwork } from '../../../src-shared/domain/network.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { usageError } from './arguments.ts';

const SCHEMA = 'sonde.settings/1';
const MAX_BYTES = 4 * 1024 ** 2;
/** Faults that are listed. */
const LISTED = 5;
/** Suppressions, alert channels, routes. */
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
const moment = z.union(
  [z.int().min(0), z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))],
  'neither milliseconds since 1970 nor a time like 2026-12-01T00:00:00Z',
);

const suppression = z.strictObject({
  scope: suppressionScope,
  reason: z.string().max(500).optional(),
  author: z.string().max(100).optional(),
  createdAt: moment.optional(),
  expiresAt: moment.nullable().default(null),
  enabled: z.boolean().default(true),
});

/** What alerts go through and where to is not read by `watch`: nothing of it is looked at, kept or shown. */
const unread = z.array(z.unknown()).max(MOST).optional();

const fileShape = z.strictObject({
  schema: z.literal(SCHEMA, `has to be "${SCHEMA}"`),
  networks: z.array(network).max(256).default([]),
  devices: z.array(device).max(1000).default([]),
  profile: profile.default('auto'),
  budget: budget.default(null),
  suppressions: z.array(suppression).max(MOST).default([]),
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

/** `devices[2].address`; an empty path is the whole file. */
function fieldOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}

/** Where JSON broke off, without what stands there: it may be a secret. */
function placeOf(text: string, error: unknown): string {
  const said = error instanceof Error ? error.message : '';
  const at = Number(/at position (\d+)/.exec(said)?.[1] ?? NaN);
  if (Number.isNaN(at)) return '';
  const before = text.slice(0, at).split('\n');
  return `, line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

async function textOf(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw usageError(`${path}: larger than 4 MiB`, path, CURE);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof SondeError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new SondeError('not-found', `${path}: no such file`, path, 'Check the name.');
    const said = error instanceof Error ? error.message : String(error);
    throw new SondeError('read-failed', `${path} cannot be read: ${said}`, path, 'Check the file and its permissions.');
  }
}

/** @throws SondeError `usage` for what is wrong in it, `not-found` or `read-failed` where it cannot be read */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const text = await textOf(path);
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw usageError(`${path}: not JSON${placeOf(text, error)}`, path, CURE);
  }
  const parsed = fileShape.safeParse(json);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const faults = issues.slice(0, LISTED).map((issue) => `${fieldOf(issue.path)}: ${issue.message}`);
  const more = issues.length > LISTED ? [`and ${issues.length - LISTED} more`] : [];
  throw usageError([`${path}: ${faults.join('; ')}`, ...more].join('; '), path, CURE);
}
