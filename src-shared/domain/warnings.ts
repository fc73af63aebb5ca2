/**
 * The closed list of warnings about an input. `partial` says that something the input holds was not analysed
 * (exit code 4); the others are facts worth knowing about an input that was analysed whole.
 */

export type WarningSeverity = 'info' | 'warning';

export interface WarningKind {
  readonly severity: WarningSeverity;
  readonly partial: boolean;
  /** What it means, in words for an administrator. */
  readonly text: string;
}

export const WARNINGS = {
  interrupted: {
    severity: 'warning',
    partial: true,
    text: 'reading was stopped before the end; what had been read by then was analysed',
  },
  'cut-file': {
    severity: 'warning',
    partial: true,
    text: 'the file ends in the middle of a record; everything before it was read',
  },
  'corrupt-record': {
    severity: 'warning',
    partial: true,
    text: 'bytes that are no valid record were passed over',
  },
  'record-too-large': {
    severity: 'warning',
    partial: true,
    text: 'a record is longer than any capture tool writes and was passed over',
  },
  'block-length-mismatch': {
    severity: 'warning',
    partial: false,
    text: 'the two lengths of a pcapng block differ; the first one led to the next block and was used',
  },
  'unsupported-section': {
    severity: 'warning',
    partial: true,
    text: 'a pcapng section has a version that cannot be read and was passed over',
  },
  'unknown-interface': {
    severity: 'warning',
    partial: true,
    text: 'packets name an interface that the file does not describe; they were passed over',
  },
  'compressed-damaged': {
    severity: 'warning',
    partial: true,
    text: 'the compressed data is damaged or cut; everything before the damage was read',
  },
  'read-error': {
    severity: 'warning',
    partial: true,
    text: 'the operating system reported an error while the file was read',
  },
  'file-changed': {
    severity: 'warning',
    partial: true,
    text: 'the file became shorter while it was read',
  },
  'unreadable-input': {
    severity: 'warning',
    partial: true,
    text: 'one of several inputs could not be read at all and was left out',
  },
  'too-many-hosts': {
    severity: 'warning',
    partial: false,
    text: 'more addresses than can be told apart: further ones were counted together, and detectors pass them over',
  },
  'inspection-bounded': {
    severity: 'warning',
    partial: false,
    text: 'flows asked for more than all of them together, or one, may keep or tell, as floods and evasions make them: they were read less far',
  },
  'names-bounded': {
    severity: 'warning',
    partial: false,
    text: 'more names of hosts than are kept: those seen least were given up',
  },
  'flows-forgotten': {
    severity: 'warning',
    partial: false,
    text: 'more flows ended than are kept of a live capture: the oldest are not listed, though they were looked at',
  },
  'flow-records': {
    severity: 'warning',
    partial: false,
    text: 'these are records of flows that another sensor made, not packets: learned scores, and attacks that show only in packets or messages (names that were asked for, requests, logins in the clear, ARP, answers that were forged, what rules of signatures look for), cannot be seen',
  },
  'bad-record': {
    severity: 'warning',
    partial: true,
    text: 'a record that cannot be read was passed over',
  },
  'missing-template': {
    severity: 'warning',
    partial: true,
    text: 'data came before the template that explains it, as where an exporter was recorded from the middle; it was passed over',
  },
  'late-records': {
    severity: 'info',
    partial: false,
    text: 'flows were recorded long after they began: of what happens from second to second, their beginning is not counted',
  },
  'other-records': {
    severity: 'info',
    partial: false,
    text: 'records of other kinds than flows were passed over',
  },
  'unsupported-link-type': {
    severity: 'warning',
    partial: true,
    text: 'packets of a link type that cannot be decoded were counted only',
  },
  'caplen-over-snaplen': {
    severity: 'info',
    partial: false,
    text: 'packets are longer than the snap length the file states; they were used whole',
  },
  'caplen-over-wire': {
    severity: 'info',
    partial: false,
    text: 'packets claim more captured bytes than there were on the wire; the captured length was used',
  },
  'bad-timestamp': {
    severity: 'info',
    partial: false,
    text: 'time stamps have a fraction of a second or more in the fraction field; it was carried over',
  },
  'no-timestamps': {
    severity: 'info',
    partial: false,
    text: 'packets carry no time stamp; they were given the time of the packet before them',
  },
  'truncated-packet': {
    severity: 'info',
    partial: false,
    text: 'packets were captured with fewer bytes than they had on the wire',
  },
  'malformed-packet': {
    severity: 'info',
    partial: false,
    text: 'headers contradict themselves or end too early',
  },
  'fragment-overlap': {
    severity: 'info',
    partial: false,
    text: 'IP fragments overlap earlier fragments of the same datagram with other bytes',
  },
  'fragment-table-full': {
    severity: 'info',
    partial: false,
    text: 'more fragmented datagrams were open at once than are remembered; the oldest lost their ports',
  },
  'tunnel-too-deep': {
    severity: 'info',
    partial: false,
    text: 'packets are tunnelled in more layers than are followed',
  },
  'encrypted-frame': {
    severity: 'info',
    partial: false,
    text: 'link-layer frames are encrypted; their content cannot be seen',
  },
} as const satisfies Readonly<Record<string, WarningKind>>;

export type WarningCode = keyof typeof WARNINGS;

/** Whether `code` is in the list (codes from outside may be anything). */
export function isWarningCode(code: string): code is WarningCode {
  return Object.hasOwn(WARNINGS, code);
}

/** Whether a warning of this code means that part of an input was not analysed. Unknown codes do. */
export function isPartial(code: string): boolean {
  return isWarningCode(code) ? WARNINGS[code].partial : true;
}
