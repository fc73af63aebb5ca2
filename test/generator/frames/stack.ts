import { bytes, type BytesLike } from '../bytes.ts';

/** What an enclosing layer needs to know about the one inside it, to fill its "next" field by itself. */
export interface LayerIds {
  etherType?: number;
  ipProto?: number;
  pppProto?: number;
  /** Address family of BSD null/loop headers (2 = IPv4, 30 = IPv6 as macOS writes it). */
  family?: number;
  /** 802.2 service access point, where the inner layer has one. */
  sap?: number;
}

/** The nearest enclosing IP layer: what a transport checksum's pseudo-header is made of. */
export interface PseudoHeader {
  src: Uint8Array;
  dst: Uint8Array;
}

export interface BuildContext {
  /** The layer inside this one, if any. */
  next: Layer | undefined;
  /** The nearest IP layer outside this one, if any. */
  ip: PseudoHeader | undefined;
}

/** One protocol layer: wraps the bytes built by the layers inside it. */
export interface Layer extends LayerIds {
  readonly name: string;
  readonly pseudo?: PseudoHeader;
  build(inner: Uint8Array, context: BuildContext): Uint8Array;
}

const isLayer = (part: Layer | BytesLike): part is Layer =>
  typeof part === 'object' && 'build' in part && typeof part.build === 'function';

/**
 * Builds a frame from the outermost layer inwards; the last part may be the payload bytes.
 * Next-protocol fields, lengths and checksums are filled in unless a layer was told otherwise.
 *
 *     frame(ethernet(), ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }), udp({ sport: 53, dport: 5353 }), 'payload')
 */
export function frame(...parts: readonly (Layer | BytesLike)[]): Uint8Array {
  const layers: Layer[] = [];
  let payload: Uint8Array = new Uint8Array(0);
  parts.forEach((part, i) => {
    if (isLayer(part)) layers.push(part);
    else if (i === parts.length - 1) payload = bytes(part);
    else throw new RangeError('payload bytes must be the last part of a frame');
  });
  const pseudo: (PseudoHeader | undefined)[] = [];
  let current: PseudoHeader | undefined;
  for (const layer of layers) {
    pseudo.push(current);
    if (layer.pseudo) current = layer.pseudo;
  }
  let inner = payload;
  for (let i = layers.length - 1; i >= 0; i--) {
    inner = layers[i]!.build(inner, { next: layers[i + 1], ip: pseudo[i] });
  }
  return inner;
}
