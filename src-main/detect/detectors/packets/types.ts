/**
 * Detectors that look at every packet. They cost more than flows do and are off unless asked for; live, they are the first
 * that are left out where the machine cannot keep up.
 */
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import type { DetectorStatus } from '../../types.ts';

/** How far a detector is, and what it found. Packets without an address (unknown to the decoder) are not counted. */
export interface PacketDetectorReport {
  id: string;
  status: DetectorStatus;
  /** What computes it: js, wasm. */
  backend: string;
  /** Packets it was given, and how many of the first ones it learns from. */
  seen: number;
  needed: number;
  /** Packets scored, and those of them rarer than one in a thousand of the ones it was calibrated on. */
  scored: number;
  unusual: number;
}

export interface PacketDetector {
  readonly id: string;
  /**
   * Surprise (−log10 of the tail probability) of each packet of the last batch, once `learn` was waited for; NaN where it
   * was not scored. Valid until the next batch.
   */
  readonly surprise: Float32Array;
  /** Takes one batch of packets and what the decoder made of them. */
  observe(packets: PacketBatch, segments: SegmentBatch): void;
  /** To be waited for after each batch: learns when it has seen enough (seconds), else does nothing. */
  learn(): Promise<void>;
  /** Nothing more comes: one that has not learned by now had too little to learn from. */
  finish(): void;
  report(): PacketDetectorReport;
}

export interface PacketDetectorOptions {
  seed: number;
  /** Packets to learn from (default: the detector's own). */
  learnFrom?: number;
}

/** A packet this rare counts as unusual: one in a thousand. */
export const UNUSUAL = 3;
