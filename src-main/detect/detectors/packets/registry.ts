/** Detectors of packets, one line each. */
import { Kitnet } from '../kitnet/detector.ts';
import { Packet12 } from '../packet-12/detector.ts';
import type { PacketDetector, PacketDetectorOptions } from './types.ts';

export interface PacketEntry {
  id: string;
  /** Learns without holding up a live capture. */
  live: boolean;
  create(options: PacketDetectorOptions): PacketDetector;
}

export const PACKET_DETECTORS: readonly PacketEntry[] = [
  { id: 'kitnet', live: true, create: (options) => new Kitnet(options) },
  { id: 'packet-12', live: false, create: (options) => new Packet12(options) },
  { id: 'packet-12-plain', live: false, create: (options) => new Packet12({ ...options, shortcuts: false }) },
];
