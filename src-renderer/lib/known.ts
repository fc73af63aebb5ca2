/** What someone said of a device, in the words of the desk. */

import { deviceTitle, type HostDevice } from '../../src-shared/domain/device-kinds.ts';

/** "Camera"; '' where the traffic does not tell. */
export function deviceText(device: Pick<HostDevice, 'kind'> | null): string {
  return device === null || device.kind === 'unknown' ? '' : deviceTitle(device.kind);
}

/** What it is taken for, how surely, and why. */
export function deviceReasons(device: HostDevice): string {
  const { confidence, why } = device;
  const seen = why.length === 0 ? '' : `: ${why.join('; ')}`;
  const kind = deviceText(device);
  if (kind !== '') return `${kind} (${Math.round(confidence * 100)} % sure)${seen}`;
  return seen === '' ? 'not known' : `not known, what was seen does not suffice${seen}`;
}

export interface KnownAs {
  name: string;
  role: string;
}

/** "Front door (camera)"; '' where nothing is said. */
export function knownText(known: KnownAs | null | undefined): string {
  if (!known) return '';
  const { name, role } = known;
  return name !== '' && role !== '' ? `${name} (${role})` : name || role;
}

/** The role someone named first, then what the host was seen to do. */
export function rolesWith(known: KnownAs | null, seen: readonly string[]): readonly string[] {
  const named = known?.role.trim() ?? '';
  return named === '' ? seen : [named, ...seen.filter((role) => role !== named)];
}

const SHORT = new Set([
  'dns',
  'dhcp',
  'tls',
  'ssh',
  'ftp',
  'smb',
  'ntp',
  'ldap',
  'snmp',
  'http',
  'smtp',
  'imap',
  'sip',
  'iot',
  'vpn',
]);

/** `tls-server` as "TLS server"; what somebody wrote stays as it is. */
function roleWords(role: string): string {
  return role
    .split('-')
    .map((word) => (SHORT.has(word) ? word.toUpperCase() : word))
    .join(' ');
}

/** All roles in a line; "server" alone is left out where it is said which. */
export function rolesText(known: KnownAs | null, seen: readonly string[]): string {
  const which = seen.some((role) => role.endsWith('-server'));
  const told = seen.filter((role) => role !== 'server' || !which).map(roleWords);
  return rolesWith(known, told).join(', ');
}
