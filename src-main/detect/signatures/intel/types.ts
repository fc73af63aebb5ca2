/** What indicator lists say, once read: entries, what is said of them, and what came of a list. */

/**
 * What an entry is said to be: `command` – infected machines take orders there; `payload` – malware is fetched there;
 * `other` – bad for another reason, or for none that is told.
 */
export const THREATS = ['command', 'payload', 'other'] as const;
export type Threat = (typeof THREATS)[number];

/** Something that packets can show. */
export type Observable =
  /** A network, or one address: four 32-bit words (IPv4 mapped into IPv6), bits beyond the prefix are zero. */
  | { kind: 'address'; words: Uint32Array; bits: number }
  /** Lower case, without the final dot. `below`: all names below it are meant, too. */
  | { kind: 'domain'; name: string; below: boolean }
  /** As `urlKey` writes it. */
  | { kind: 'url'; key: string }
  /** JA3 (32 hexadecimal digits) or JA4, lower case. */
  | { kind: 'ja3' | 'ja4'; value: string }
  /** The SHA-1 or SHA-256 of a certificate (40 or 64 hexadecimal digits, lower case). */
  | { kind: 'certificate'; value: string }
  /** The hash of a file, or of another kind: sound, but nothing that Sonde reads from packets. */
  | { kind: 'hash' };

/** What a list says of one entry. */
export interface Details {
  threat: Threat;
  /** Malware family or remark, '' where there is none. */
  label: string;
  /** 0…100. */
  confidence: number;
  /** Seconds since 1970 UTC; 0: not said. */
  added: number;
  /** The entry counts from and until then; 0: always. */
  starts: number;
  expires: number;
  /** 0: any. */
  port: number;
}

/** Where readers put what they find. */
export interface Intake {
  entry(observable: Observable, details: Details): void;
  /**
   * `line` counts from 1; 0 where a format has no lines: then `where` says what of it. Refusals are counted by `reason`.
   * `count`: how many entries it is about (default 1).
   */
  refuse(line: number, reason: string, about?: { where?: string; count?: number }): void;
  /** What the list calls itself, and whether it names what is allowed. Told before its first entry. */
  head(head: { source?: string; allow?: boolean }): void;
}

/** A list that was loaded. */
export interface IntelList {
  readonly file: string;
  /** What people call the file: its own name, or that of the list where the file is a copy. */
  readonly shown: string;
  format: string;
  /** As people know it, e.g. "Feodo Tracker". */
  source: string;
  /** What is on it is never told. */
  allow: boolean;
  indicators: number;
  refused: number;
  /** Why, the most frequent first once all is read. */
  reasons: RefusedReason[];
  /** Expired, or not yet in force. */
  expired: number;
  /** Sound entries of a kind that packets do not show: hashes of files. */
  unseen: number;
  hits: number;
}

/** Entries that were refused for one reason: how many, and where the first of them stand (lines from 1). */
export interface RefusedReason {
  reason: string;
  count: number;
  lines: number[];
}

export interface RefusedEntry {
  file: string;
  line: number;
  reason: string;
}

/** An entry that something observed matches. */
export interface Hit {
  list: IntelList;
  /** The entry, as people write it. */
  value: string;
  threat: Threat;
  label: string;
  confidence: number;
  added: number;
  expires: number;
  port: number;
}

/** Details of a list that says nothing. */
export const UNSAID: Details = {
  threat: 'other',
  label: '',
  confidence: 60,
  added: 0,
  starts: 0,
  expires: 0,
  port: 0,
};
