/** A fleet within one process: captures cut in parts for sensors, their keys, and what workers made of them. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { names } from '../../src-main/run/fleet/names.ts';
import { runSensor } from '../../src-main/run/fleet/sensor/sensor.ts';
import type { Transport } from '../../src-main/run/fleet/types.ts';
import type { FleetIncident } from '../../src-main/run/fleet/worker/tell.ts';
import { officeNetwork } from '../generator/scenario.ts';

const HEAD = 24;
const RECORD = 16;
const ETHERNET = 14;
const PORTED: ReadonlySet<number> = new Set([6, 17]);

/** An office with attacks whose flows lie on several links. */
export function busyOffice(seed: number): Uint8Array {
  const attacks = [
    'port-scan/xmas:0.3',
    'host-sweep:0.5',
    'dns-tunnel:0.4',
    'brute-force:0.5',
    'arp-spoofing',
    'dos-flood:0.1',
    'command-and-control',
    'credential-stuffing:0.3',
  ];
  const size = { hosts: 6, hours: 0.2, activity: 0.4, volume: 0.02, snaplen: 400 };
  return officeNetwork({ ...size, seed, format: 'pcap', attacks }).bytes;
}

/** What both directions of a flow have in common; ICMP errors go with their hosts. */
function linkOf(frame: Buffer): string {
  const type = frame.readUInt16BE(ETHERNET - 2);
  if (type === 0x86dd) return [frame.toString('hex', 22, 38), frame.toString('hex', 38, 54)].sort().join(' ');
  if (type !== 0x0800) return 'arp';
  const [from, to] = [frame.toString('hex', 26, 30), frame.toString('hex', 30, 34)];
  const isWhole = (frame.readUInt16BE(20) & 0x3fff) === 0;
  if (!PORTED.has(frame[23]!) || !isWhole) return [from, to].sort().join(' ');
  const at = ETHERNET + (frame[ETHERNET]! & 15) * 4;
  return [from + frame.toString('hex', at, at + 2), to + frame.toString('hex', at + 2, at + 4)].sort().join(' ');
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const letter of text) h = Math.imul(h ^ letter.charCodeAt(0), 0x01000193);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A capture (pcap, Ethernet) in parts: each flow whole in one of them. */
export function splitCapture(bytes: Uint8Array, parts: number): Buffer[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const made: Buffer[][] = Array.from({ length: parts }, () => [all.subarray(0, HEAD)]);
  for (let at = HEAD; at < all.length;) {
    const end = at + RECORD + all.readUInt32LE(at + 8);
    made[hash(linkOf(all.subarray(at + RECORD, end))) % parts]!.push(all.subarray(at, end));
    at = end;
  }
  return made.map((records) => Buffer.concat(records));
}

export interface Fleet {
  folder: string;
  /** The capture as one, and in parts. */
  whole: string;
  parts: string[];
  sensors: string[];
  privateKeys: KeyObject[];
  keys: Map<string, KeyObject>;
  remove: () => void;
}

/** Files and keys of so many sensors. */
export function makeFleet(bytes: Uint8Array, count: number): Fleet {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-'));
  const whole = join(folder, 'all.pcap');
  writeFileSync(whole, bytes);
  const parts = splitCapture(bytes, count).map((part, i) => {
    const path = join(folder, `part-${i}.pcap`);
    writeFileSync(path, part);
    return path;
  });
  const sensors = parts.map((_, i) => `sensor-${i}`);
  const pairs = parts.map(() => generateKeyPairSync('ed25519'));
  const keys = new Map(sensors.map((name, i) => [name, pairs[i]!.publicKey]));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  return { folder, whole, parts, sensors, privateKeys: pairs.map((p) => p.privateKey), keys, remove };
}

/** Lets sensor `i` send its part from beginning to end. */
export async function send(fleet: Fleet, i: number, transport: Transport, shards: number): Promise<void> {
  await runSensor({
    name: fleet.sensors[i]!,
    key: fleet.privateKeys[i]!,
    transport,
    shards,
    retention: 1_000_000,
    withPayload: true,
    spool: { disk: 0, memory: 1 << 28 },
    source: { files: [fleet.parts[i]!], speed: 'max' },
    onEvent: () => undefined,
    signal: new AbortController().signal,
  });
}

/** Whether there is a Redis server to be started. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

/** The incidents that a group of workers has told, as they are now. */
export async function toldBy(transport: Transport, group: string): Promise<FleetIncident[]> {
  const fields = await transport.fields(names.incidents(group));
  const all = [...fields.values()].map((body) => JSON.parse(Buffer.from(body).toString()) as FleetIncident);
  return all.filter(({ withdrawn }) => withdrawn !== true);
}
