/** Devices someone has made known: what they are called and what they are for. */

export interface KnownDevice {
  /** An IP address, or a hardware address like a4:83:e7:c9:a5:2c. */
  address: string;
  name: string;
  /** What it is, in the words of whoever wrote it down. */
  role: string;
}

/** Roles whose normal work resembles something Sonde warns of. Any other text is a role too and changes no judgement. */
export const ROLES = [
  { id: 'scanner', title: 'Vulnerability scanner', words: ['scanner', 'vulnerability', 'nessus', 'openvas'] },
  { id: 'monitoring', title: 'Monitoring', words: ['monitoring', 'nagios', 'zabbix', 'prtg', 'inventory'] },
  { id: 'dns-server', title: 'DNS server', words: ['dns', 'resolver', 'nameserver'] },
  { id: 'mail-server', title: 'Mail server', words: ['mail', 'smtp', 'mta'] },
  { id: 'dhcp-server', title: 'DHCP server', words: ['dhcp'] },
  { id: 'backup', title: 'Backup', words: ['backup', 'backups'] },
  { id: 'domain-controller', title: 'Domain controller', words: ['domain controller', 'dc', 'kdc'] },
  { id: 'proxy', title: 'Proxy', words: ['proxy'] },
  { id: 'gateway', title: 'Gateway', words: ['gateway'] },
] as const;

export type RoleId = (typeof ROLES)[number]['id'];

/** "Printer, Wi-Fi and so on": words that are also in names of scanners which scan paper. */
const PAPER = new Set(['document', 'paper', 'printer', 'photo', 'barcode', 'flatbed', 'copier', 'multifunction']);

/** The roles that a text names, by its words: `DNS and mail server` is two. None: [] . */
export function rolesIn(text: string): RoleId[] {
  const words = text.toLowerCase().split(/[^a-z0-9]+/);
  const paper = words.some((word) => PAPER.has(word));
  const sentence = ` ${words.join(' ')} `;
  return ROLES.filter((role) => !(paper && role.id === 'scanner'))
    .filter((role) => role.words.some((word) => sentence.includes(` ${word} `)))
    .map((role) => role.id);
}

const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;

/** A hardware address as it is compared: lower case with colons; null for what is none. */
export function macOf(address: string): string | null {
  return MAC.test(address) ? address.toLowerCase().replaceAll('-', ':') : null;
}
