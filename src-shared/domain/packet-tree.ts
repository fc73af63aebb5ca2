/** A packet taken apart for reading: layers from the outside in, each with its fields and the bytes they stand in. */

/** Offsets count from the packet's first captured byte; `to` is exclusive. */
export interface PacketField {
  /** As Wireshark names it in display filters, where it does. */
  id: string;
  name: string;
  value: string;
  from: number;
  to: number;
  /** 0: of the layer; 1: part of the field before it that has 0, and so on. */
  depth: number;
}

export interface PacketLayer {
  id: string;
  title: string;
  from: number;
  to: number;
  fields: PacketField[];
  /** What is wrong with it or was left out; '' where nothing. */
  note: string;
}

export interface PacketTree {
  layers: PacketLayer[];
  /** The innermost protocol that was recognised. */
  protocol: string;
  /** One line of what the packet says. */
  summary: string;
}
