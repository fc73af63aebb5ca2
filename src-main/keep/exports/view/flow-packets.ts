/** The packets that a flow's stream is made from, also those that a page of packets does not list. */
import type { PacketKey } from '../../store/queries/packets.ts';
import { scanPackets, type HeldPacket } from './scan.ts';

/** Which packets of the flow are listed, by their places in the capture. */
export interface Page {
  first: number;
  last: number;
}

export interface FlowPackets {
  packets: HeldPacket[];
  /** They begin with the flow's first packet; else with the first one that is listed. */
  fromBeginning: boolean;
}

export interface FlowBounds {
  packets: number;
  /** Of whole packets. */
  bytes: number;
  /** What they carry: a stream shows no more. */
  payload: number;
}

/** Packets in a row, until there are enough of them. */
class Window {
  readonly packets: HeldPacket[] = [];
  isFull = false;
  private readonly left: FlowBounds;

  constructor(bounds: FlowBounds) {
    this.left = { ...bounds };
  }

  add(packet: HeldPacket): void {
    if (this.isFull) return;
    this.packets.push(packet);
    this.left.packets--;
    this.left.bytes -= packet.bytes.length;
    this.left.payload -= packet.payloadCaptured;
    this.isFull = this.left.packets <= 0 || this.left.bytes <= 0 || this.left.payload < 0;
  }

  /** No packet up to this one was left out. */
  reaches(frame: number): boolean {
    return !this.isFull || (this.packets.at(-1)?.frame ?? 0) >= frame;
  }
}

/**
 * Reads the captures for the packets of `flow`: from its beginning, where what is listed of it lies within the bounds;
 * else from the first one that is listed. Both directions, whatever page they are listed on.
 *
 * @throws InputError when no capture can be read.
 */
export async function flowPackets(
  paths: readonly string[],
  flow: PacketKey,
  page: Page,
  bounds: FlowBounds,
  isStopped: () => boolean = () => false,
): Promise<FlowPackets> {
  const [head, tail] = [new Window(bounds), new Window(bounds)];
  const isEnough = (): boolean => head.isFull && (head.reaches(page.last) || tail.isFull);
  await scanPackets(paths, [flow], {
    skip: 0,
    packets: Infinity,
    bytes: Infinity,
    onPackets: (packets) => {
      for (const packet of packets) {
        head.add(packet);
        if (packet.frame >= page.first) tail.add(packet);
      }
    },
    onProgress: () => undefined,
    isStopped: () => isEnough() || isStopped(),
  });
  const fromBeginning = head.reaches(page.last) || head.packets[0]!.frame >= page.first;
  return { packets: (fromBeginning ? head : tail).packets, fromBeginning };
}
