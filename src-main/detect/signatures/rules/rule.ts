/** A rule as the engine knows it. */
import type { Check } from '../content/run.ts';
import type { Transform } from '../content/transforms.ts';
import type { Direction } from '../app/types.ts';
import type { Scene } from '../flow/scene.ts';
import type { AddressTest, PortTest } from './addresses.ts';
import type { SeveralTest } from './several.ts';
import type { RuleProtocol } from './protocols.ts';

export type Action = 'pass' | 'drop' | 'reject' | 'alert';

export type SceneTest = (scene: Scene) => boolean;
export type SceneEffect = (scene: Scene) => void;

/** Checks of one buffer of a transaction, or of a header of the packet. */
export interface BufferTest {
  name: string;
  direction: Direction | undefined;
  transforms: readonly Transform[];
  checks: readonly Check[];
  /** It has to be missing, or (`or`) may be. */
  absent: 'must' | 'may' | undefined;
}

/** Buffers that a packet itself has. */
export interface PacketBufferTest {
  read: (scene: Scene) => readonly Uint8Array[];
  transforms: readonly Transform[];
  checks: readonly Check[];
}

export interface NumberOf {
  name: string;
  direction: Direction | undefined;
  /** `now`: packet time, seconds since 1970. */
  test: (value: number, now: number) => boolean;
  /** Of several; else any of them. */
  several?: SeveralTest;
}

export interface EventOf {
  /** As `http.missing_host_header`; with an end in `.*`: of that protocol any. */
  name: string;
}

/** Who an alert is counted for. */
export type Track = 'by_src' | 'by_dst' | 'by_both' | 'by_rule' | 'by_flow';

export interface Rate {
  kind: 'limit' | 'threshold' | 'both' | 'backoff' | 'filter';
  track: Track;
  count: number;
  seconds: number;
  multiplier: number;
  /** Only different ones count. */
  uniqueOn: 'src_port' | 'dst_port' | undefined;
}

/** Which bytes choose the rule before anything else of it is looked at. */
export interface FastPattern {
  /** Name of the buffer; '' the payload. */
  buffer: string;
  bytes: Uint8Array;
  /** It ends within so many bytes of where the look begins; undefined: anywhere. */
  reach: number | undefined;
}

/** What brings a rule up: a transaction, bytes of a stream, a packet, or a flow once a direction. */
export type Trigger = 'transaction' | 'stream' | 'packet' | 'once' | 'event';

export interface Rule {
  /** Place in the order of evaluation. */
  order: number;
  readonly file: string;
  readonly line: number;
  readonly action: Action;
  readonly gid: number;
  readonly sid: number;
  readonly rev: number;
  readonly message: string;
  readonly classtype: string;
  /** 1 is the gravest. */
  readonly priority: number;
  readonly references: readonly string[];
  readonly metadata: readonly string[];
  readonly protocol: RuleProtocol;
  readonly source: AddressTest;
  readonly destination: AddressTest;
  readonly sourcePorts: PortTest;
  readonly destinationPorts: PortTest;
  /** Both as they are written: rules of the same are alike in this. */
  readonly portsText: string;
  /** `<>`: also from the destination to the source. */
  readonly bothWays: boolean;
  /** `=>`: looks at a request and its answer together. */
  readonly wholeTransaction: boolean;
  readonly direction: Direction | undefined;
  /** Of the packet at hand. */
  readonly packet: readonly SceneTest[];
  /** Of the flow, and of flags that rules set. */
  readonly state: readonly SceneTest[];
  readonly effects: readonly SceneEffect[];
  readonly payload: readonly Check[];
  readonly packetBuffers: readonly PacketBufferTest[];
  readonly buffers: readonly BufferTest[];
  readonly numbers: readonly NumberOf[];
  readonly events: readonly EventOf[];
  readonly decodeEvents: readonly string[];
  readonly silent: boolean;
  readonly rates: readonly Rate[];
  readonly fast: FastPattern | null;
  readonly trigger: Trigger;
  /** Looks at packets' payloads too, beside the stream. */
  readonly alsoPackets: boolean;
  /** Of flags of flows: 3 sets, 2 sets and reads, 1 reads, 0 none; rules that set go first. */
  readonly flagUse: number;
}
