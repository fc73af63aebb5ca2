/**
 * A packet as a tree of fields, for somebody who reads it. Slow beside the decoder of the packets room, which sees every
 * packet; this one sees a few, and tells where each value stands. It reads each packet alone: what needs those before it
 * (a segment in the middle of a message, a later fragment) stays data.
 */
import type { PacketLayer, PacketTree } from '../../../../src-shared/domain/packet-tree.ts';
import { DATA, LAYERS } from './layers.ts';
import { byLink } from './numbers.ts';
import { CutShort, Part, type Layer, type Next } from './part.ts';

/** Layers of one packet that are read: those of tunnels within tunnels end here. */
const LAYERS_MAX = 24;
/** Letters of the summary. */
const SUMMARY_MAX = 300;
const CUT = 'It ends before its time: the rest was not captured, or its lengths are wrong.';

/** Never fails: a layer that breaks off has the fields that are there, and a note. */
function read(
  bytes: Uint8Array,
  { title, read: take }: Layer,
  { id, from, to }: Next,
): { layer: PacketLayer; part: Part; next: Next | null } {
  const part = new Part(bytes, from, to);
  let next: Next | null = null;
  try {
    next = take(part);
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    part.note = CUT;
    part.at = part.end;
  }
  const last = next?.from ?? part.at;
  return {
    layer: { id, title, from: part.from, to: Math.max(part.from, last), fields: part.fields, note: part.note },
    part,
    next,
  };
}

/** `link`: LINKTYPE_ number of tcpdump.org's registry. */
export function packetTree(bytes: Uint8Array, link: number): PacketTree {
  const layers: PacketLayer[] = [];
  let [protocol, summary, end] = ['Data', '', 0];
  let next: Next | null = { id: byLink(link), from: 0, to: bytes.length };
  while (next !== null && layers.length < LAYERS_MAX) {
    const known: Layer = LAYERS.get(next.id) ?? DATA;
    const { layer, part, next: after } = read(bytes, known, next);
    layers.push(layer);
    if (known !== DATA) protocol = known.title;
    if (part.summary !== '') summary = part.summary;
    end = Math.max(end, layer.to);
    next = after;
  }
  if (end < bytes.length) layers.push(trailer(bytes, end));
  return { layers, protocol, summary: summary === '' ? `${bytes.length} bytes` : short(summary) };
}

const short = (text: string): string => (text.length > SUMMARY_MAX ? `${text.slice(0, SUMMARY_MAX)}…` : text);

/** Padding of short frames, and what lies behind the length that a header states. */
function trailer(bytes: Uint8Array, from: number): PacketLayer {
  const { layer } = read(bytes, DATA, { id: 'trailer', from, to: bytes.length });
  return { ...layer, title: 'Bytes behind it' };
}
