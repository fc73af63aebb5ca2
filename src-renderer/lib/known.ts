/** What someone said of a device, in the words of the desk. */

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
