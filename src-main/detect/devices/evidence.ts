/** What speaks for which kind of device, and what follows from it. */
import {
  DEVICE_KINDS,
  NARROW_KINDS,
  type DeviceKind,
  type HostDevice,
} from '../../../src-shared/domain/device-kinds.ts';
import type { Weights } from './signs.ts';

/** Of pieces from one source the weightiest counts alone: two protocols of a printer are not two witnesses. */
export type EvidenceSource = 'card' | 'dhcp' | 'name' | 'service' | 'agent' | 'protocol' | 'behaviour';

export interface Piece {
  source: EvidenceSource;
  /** "announces _ipp._tcp by mDNS". */
  text: string;
  weights: Weights;
}

/** Pieces kept of one host: a talker with a thousand names is not known better for them. */
const PIECES = 24;
const SHOWN = 6;
/** Confidence from which a kind is named, and how far it must lie before the next. */
const NAMED = 0.4;
const AHEAD = 0.1;
const MOST = 0.99;
/** What a device that speaks to very many places keeps of its confidence in a narrow kind. */
const WIDE_SHARE = 0.5;

/** Pieces by what they say; bounded. */
export class Evidence {
  readonly pieces = new Map<string, Piece>();

  /** Whether it was new. */
  add(piece: Piece): boolean {
    if (this.pieces.size >= PIECES || this.pieces.has(piece.text)) return false;
    this.pieces.set(piece.text, piece);
    return true;
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** 1 − Π (1 − weight) over the sources, as of independent witnesses. */
function confidences(pieces: readonly Piece[], wide: boolean): Map<DeviceKind, number> {
  const all = new Map<DeviceKind, number>();
  for (const { id } of DEVICE_KINDS) {
    const best = new Map<EvidenceSource, number>();
    for (const { source, weights } of pieces) best.set(source, Math.max(best.get(source) ?? 0, weights[id] ?? 0));
    let doubt = 1;
    for (const weight of best.values()) doubt *= 1 - weight;
    const share = wide && NARROW_KINDS.has(id) ? WIDE_SHARE : 1;
    all.set(id, Math.min(MOST, (1 - doubt) * share));
  }
  return all;
}

/** `wide`: it spoke to more places than a device of a narrow kind does. */
export function judgeDevice(pieces: readonly Piece[], wide = false): HostDevice {
  const ranked = [...confidences(pieces, wide)].sort((a, b) => b[1] - a[1]);
  const [kind, confidence] = ranked[0]!;
  const second = ranked[1]![1];
  const named = confidence >= NAMED && confidence - second >= AHEAD;
  const weightOf = ({ weights }: Piece): number =>
    named ? (weights[kind] ?? 0) : Math.max(0, ...Object.values(weights));
  const why = [...pieces]
    .sort((a, b) => weightOf(b) - weightOf(a) || (a.text < b.text ? -1 : 1))
    .filter((piece) => weightOf(piece) > 0)
    .slice(0, SHOWN)
    .map(({ text }) => text);
  return named ? { kind, confidence: round(confidence), why } : { kind: 'unknown', confidence: 0, why };
}
