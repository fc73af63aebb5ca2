/** What the rest of Sonde knows of what looks at packets by rules, wherever it runs. */
import type { Finding } from '../../types.ts';
import type { PacketBatch, SegmentBatch } from '../../../meter/packets/types.ts';
import type { SlotIds } from '../flow/tracker.ts';
import type { RuleRefused } from '../rules/fault.ts';
import type { RuleSet } from '../rules/parse.ts';

/** Of `Observations`, what the engine asks for. */
export interface EndedFlows {
  readonly flows: { readonly count: number; readonly columns: { readonly id: ArrayLike<number> } };
}

/** What looks at packets by rules: here, or on a thread of its own. */
export interface SignatureEngine {
  packets(packets: PacketBatch, segments: SegmentBatch, table: SlotIds): void;
  /** Flows that ended with these packets. */
  observe(seen: EndedFlows): void;
  /** Nothing more will come. */
  finish(): void | Promise<void>;
  /** What was found, to be brought up to date under its keys. */
  findings(): Iterable<[key: string, finding: Finding]>;
  report(): SignatureReport;
  /** Resolves when more packets may come. @throws what went wrong on a thread */
  settled?(): Promise<void>;
  reload?(set: RuleSet): void;
  close?(): Promise<void>;
}

export interface SignatureReport {
  signatures: { sid: number; rev: number; message: string; count: number; classtype: string }[];
  rules: {
    loaded: number;
    refused: RuleRefused[];
    /** Looks that were given up, and those of an expression at more text than it looks through, where it stood in none of that. */
    cut?: number;
  };
}

export function rulesReport({ rules, refused }: RuleSet, cut: number): SignatureReport['rules'] {
  return { loaded: rules.length, refused, ...(cut > 0 ? { cut } : {}) };
}
