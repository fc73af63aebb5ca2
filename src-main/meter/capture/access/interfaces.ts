/** The network interfaces of this machine: `sonde interfaces`, and the desk's list. */
import { readdir, readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { listByHelper } from '../client/run-helper.ts';
import { loadCap } from '../sources/cap-source.ts';
import type { Access } from './state.ts';

export interface InterfaceInfo {
  name: string;
  description: string;
  addresses: string[];
  up: boolean;
  loopback: boolean;
  /** Name of its link type, as in captures; "UNKNOWN" where only opening it would tell. */
  linkType: string;
  permitted: boolean;
  /** Where not permitted: what to do, with what to type; else empty. */
  cure: string;
}

const SYSFS = '/sys/class/net';
const FLAG_UP = 1;
const FLAG_LOOPBACK = 8;
/** Devices' kinds (ARPHRD_ of linux/if_arp.h) and the link types that libpcap captures them with. */
const LINK_TYPES: Readonly<Record<number, string>> = {
  1: 'ETHERNET',
  32: 'IPOIB',
  280: 'CAN_SOCKETCAN',
  512: 'PPP',
  768: 'RAW',
  769: 'RAW',
  772: 'ETHERNET',
  776: 'RAW',
  778: 'RAW',
  801: 'IEEE802_11',
  803: 'IEEE802_11_RADIOTAP',
  823: 'RAW',
  824: 'NETLINK',
  65534: 'RAW',
};

type Facts = Omit<InterfaceInfo, 'permitted' | 'cure'>;

/** In the order of the system; `any`, where there is one, last. @throws never: what cannot be told is left out */
export async function listInterfaces(access: Access): Promise<InterfaceInfo[]> {
  const facts = process.platform === 'linux' ? await linuxInterfaces(access) : await otherInterfaces();
  const permitted = access.engine !== null;
  const { cure } = access;
  const words = permitted || !cure ? '' : [cure.text, cure.command, cure.url].filter(Boolean).join(' ');
  return facts.map((each) => ({ ...each, permitted, cure: words }));
}

async function linuxInterfaces(access: Access): Promise<Facts[]> {
  const descriptions = await describe(access);
  const names = await readdir(SYSFS).catch(() => Object.keys(networkInterfaces()));
  const found = await Promise.all(names.map((name) => linuxInterface(name, descriptions.get(name) ?? '')));
  const any: Facts = {
    name: 'any',
    description: 'All interfaces together',
    addresses: [],
    up: true,
    loopback: false,
    linkType: 'LINUX_SLL',
  };
  return [...found.filter((each) => each !== null).sort((a, b) => (a.name < b.name ? -1 : 1)), any];
}

/** What the helper says of them, where there is one to ask. */
async function describe(access: Access): Promise<Map<string, string>> {
  if (access.engine !== 'helper' || access.path === null) return new Map();
  const listed = await listByHelper(access.path).catch(() => []);
  return new Map(listed.map(({ name, description }) => [name, description]));
}

async function linuxInterface(name: string, described: string): Promise<Facts | null> {
  const read = async (file: string): Promise<string> =>
    (await readFile(join(SYSFS, name, file), 'utf8').catch(() => '')).trim();
  const flags = Number.parseInt((await read('flags')) || 'NaN', 16);
  if (Number.isNaN(flags)) return null;
  const loopback = (flags & FLAG_LOOPBACK) !== 0;
  return {
    name,
    description: described || (await read('ifalias')) || (await kindOf(name, loopback)),
    addresses: addressesOf(name),
    up: (flags & FLAG_UP) !== 0,
    loopback,
    linkType: LINK_TYPES[Number(await read('type'))] ?? 'UNKNOWN',
  };
}

/** What the kernel's folders tell of a device without a description. */
async function kindOf(name: string, loopback: boolean): Promise<string> {
  if (loopback) return 'Loopback';
  const inside = await readdir(join(SYSFS, name)).catch((): string[] => []);
  if (inside.includes('phy80211')) return 'Wireless';
  if (inside.includes('bridge')) return 'Bridge';
  if (inside.includes('bonding')) return 'Bond';
  if (inside.includes('tun_flags')) return 'Tunnel';
  return inside.includes('device') ? 'Wired' : 'Virtual';
}

function addressesOf(name: string): string[] {
  return (networkInterfaces()[name] ?? []).map(({ address }) => address);
}

async function otherInterfaces(): Promise<Facts[]> {
  const Cap = await loadCap();
  const devices = Cap instanceof Error ? [] : Cap.deviceList();
  if (devices.length === 0) return Object.keys(networkInterfaces()).map((name) => byName(name));
  return devices.map(({ name, description, addresses, flags }) => ({
    ...byName(name),
    description: description ?? '',
    addresses: addresses.flatMap(({ addr }) => (addr === undefined ? [] : [addr])),
    loopback: flags === 'PCAP_IF_LOOPBACK',
  }));
}

function byName(name: string): Facts {
  const loopback = (networkInterfaces()[name] ?? []).some(({ internal }) => internal);
  return { name, description: '', addresses: addressesOf(name), up: true, loopback, linkType: 'UNKNOWN' };
}

export interface InterfaceRate {
  packetsPerSecond: number;
  bitsPerSecond: number;
}

/** What passes on each of these now, looked at for `ms`; null where the system does not tell. */
export async function interfaceRates(names: readonly string[], ms: number): Promise<Map<string, InterfaceRate | null>> {
  const before = await Promise.all(names.map(interfaceCounters));
  const began = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = await Promise.all(names.map(interfaceCounters));
  const seconds = (performance.now() - began) / 1000;
  return new Map(
    names.map((name, i) => {
      const [a, b] = [before[i], after[i]];
      if (!a || !b || b.packets < a.packets) return [name, null];
      const packetsPerSecond = Math.round((b.packets - a.packets) / seconds);
      return [name, { packetsPerSecond, bitsPerSecond: Math.round(((b.bytes - a.bytes) * 8) / seconds) }];
    }),
  );
}

/** Packets and bytes that an interface has received and sent since it is there; null where the system does not tell. */
export async function interfaceCounters(name: string): Promise<{ packets: number; bytes: number } | null> {
  if (process.platform !== 'linux' || name.includes('/') || name === '..' || name === '.') return null;
  const read = (file: string): Promise<string> => readFile(join(SYSFS, name, 'statistics', file), 'utf8');
  try {
    const [rp, tp, rb, tb] = await Promise.all(['rx_packets', 'tx_packets', 'rx_bytes', 'tx_bytes'].map(read));
    return { packets: Number(rp) + Number(tp), bytes: Number(rb) + Number(tb) };
  } catch {
    return null;
  }
}
