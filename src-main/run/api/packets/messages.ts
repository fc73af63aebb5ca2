/** What passes between the desk and the thread that holds the packets of a look. */
import type { ListedPacket, PacketDetail, PacketStream } from '../../../../src-shared/contract/topics/packets.ts';
import type { Wanted } from '../../../keep/exports/view/marks.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { ArpNamed, PacketKey } from '../../../keep/store/queries/packets.ts';

export interface LookData {
  paths: readonly string[];
  /** Null: all that the files have. */
  keys: readonly PacketKey[] | null;
  arp: ArpNamed | null;
  skip: number;
  /** SHA-256 that each file must have; '' where nothing is to be compared. */
  sha256: readonly string[];
}

/** stop: nothing more is read; what was found stays. */
export type ToLook =
  | { type: 'stop' }
  | { type: 'one'; id: number; frame: number }
  | { type: 'stream'; id: number; frame: number; wanted: readonly Wanted[] };

/** Of a stream, without the names of its ends. */
export type FromLook =
  | { type: 'progress'; bytes: number; total: number | null; checking: boolean }
  | { type: 'packets'; since: string; packets: ListedPacket[] }
  | { type: 'done'; more: boolean; checked: readonly string[] }
  | { type: 'one'; id: number; detail: PacketDetail }
  | { type: 'stream'; id: number; stream: PacketStream }
  | { type: 'refused'; id: number; failure: Failure }
  | { type: 'failed'; failure: Failure };
