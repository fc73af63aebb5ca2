/** What other sensors tell of a flow, and who reads and takes it. */

/** Index into `CONN_STATES` of a state that no record tells. */
export const STATE_UNKNOWN = -1;

/**
 * A record of a flow, or of one direction of it. Addresses as everywhere: four 32-bit words, IPv4 mapped into IPv6. Times
 * as whole seconds since 1970 UTC and nanoseconds. Bytes: `…IpBytes` with IP headers, `…Bytes` of payload.
 */
export class FlowRecord {
  /** Words 0…3: who began it; 4…7: whom it turned to. */
  readonly ends = new Uint32Array(8);
  sec = 0;
  nano = 0;
  lastSec = 0;
  lastNano = 0;
  /** As in a flow's row: for ICMP, type and the type that answers it (or the code). */
  origPort = 0;
  respPort = 0;
  proto = 0;
  vlan = 0;
  origPkts = 0;
  respPkts = 0;
  origIpBytes = 0;
  respIpBytes = 0;
  origBytes = 0;
  respBytes = 0;
  missedBytes = 0;
  /** 0: no payload size is known. */
  hasBytes = 1;
  /** Index into `CONN_STATES`, or STATE_UNKNOWN: then it follows from flags and packets. */
  connState = STATE_UNKNOWN;
  /** Zeek's letters; '' where none are known. */
  history = '';
  /** TCP flags of all packets of a direction, or-ed; 0 where they are not known. */
  origFlags = 0;
  respFlags = 0;
  /** One direction only: the other one, and what a timeout cut off, come as records of their own. */
  oneWay = false;
  /** The ends were exchanged: what began it came from what is now the responder. */
  flipped = false;
  service = '';
  app = '';
  /** The sensor's own number of the flow, which its alerts name; 0: none. */
  sensorFlow = 0;
  /** Its place among the records that were read, which decides where times do not. */
  order = 0;
}

/** What a rule of the sensor told of a packet or flow. Ends as in a record: who sent what matched, and to whom. */
export interface SensorAlert {
  readonly ends: Uint32Array;
  readonly sec: number;
  readonly nano: number;
  /** That it went to; 0: none. */
  readonly port: number;
  readonly sid: number;
  readonly gid: number;
  readonly rev: number;
  readonly message: string;
  /** The class of the rule in words; '' where it has none. */
  readonly category: string;
  /** 1 is the gravest. */
  readonly severity: number;
  readonly blocked: boolean;
  readonly techniques: readonly { id: string; name: string }[];
  /** As in a record: `sensorFlow`. */
  readonly flow: number;
}

/** Who takes what a parser reads. Offsets are bytes of the decompressed input. */
export interface RecordSink {
  take(record: FlowRecord): void;
  /** Absent: nobody wants them. */
  alert?(alert: SensorAlert): void;
  /** A record that cannot be read: why, and where (a line's number, say). */
  bad(offset: number, where: string, reason: string): void;
  /** A record of another kind than a flow. */
  other(offset: number, kind: string): void;
  /** Data whose explanation (template) was not in the file before it. */
  unexplained(offset: number): void;
}

/** Reads one format, piece by piece. */
export interface RecordParser {
  /** It stopped within what it was given, as that was much work: others are let in, then the rest comes again as it is. */
  readonly more?: boolean;
  /**
   * Reads whole records of `bytes[from…to)`, whose first byte stands at `offset` of the input. Gives how many bytes it is
   * done with; what is left comes again with more behind it. `final`: nothing comes behind it.
   */
  parse(bytes: Buffer, from: number, to: number, offset: number, final: boolean): number;
}

/** A format of records, recognised by its first bytes. */
export interface RecordFormat {
  readonly id: string;
  /** For people: "a Zeek conn.log". */
  readonly title: string;
  /** Whether an input begins as this format does. */
  recognises(head: Buffer): boolean;
  /** Why one that was recognised cannot be read all the same, with what to do; undefined: it can. */
  refuses?(head: Buffer): string | undefined;
  open(sink: RecordSink): RecordParser;
}
