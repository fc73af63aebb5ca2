/**
 * What may be wrong with a capture as such, so that its results mislead: the closed list, with what it means and how to
 * mend it. Each has a place in docs/good-capture.md that says more.
 */

export interface QualityKind {
  /** `warning`: results are wrong or missing because of it. `info`: a bound to know of. */
  readonly severity: 'info' | 'warning';
  readonly title: string;
  /** What it does to the results. */
  readonly effect: string;
  /** How to mend it. */
  readonly cure: string;
  /** The heading in docs/good-capture.md, as an anchor. */
  readonly guide: string;
}

export const QUALITY = {
  'one-direction': {
    severity: 'warning',
    title: 'Only one direction of the traffic',
    effect: 'Answers are missing: logins, requests, file names and refusals cannot be read, and volumes are halved.',
    cure: 'Have the mirror port copy both received and sent packets (“both”, not “rx” or “tx”); with several uplinks, capture all of them, or where they meet.',
    guide: 'one-direction-only',
  },
  'packets-cut': {
    severity: 'warning',
    title: 'Packets cut short',
    effect: 'What stood behind the cut was not seen: names, requests, certificates, and whatever rules look for there.',
    cure: 'Capture whole packets: tcpdump -s 0, Wireshark’s snap length off, no slicing or truncation on the mirror port.',
    guide: 'packets-cut-short',
  },
  'packets-lost': {
    severity: 'warning',
    title: 'Packets lost while capturing',
    effect:
      'Connections have holes: what was in them was not seen, and some flows look shorter or stranger than they were.',
    cure: 'Capture with a larger buffer (tcpdump -B 65536), to a faster disk, with a narrower filter, or at a link that is not fuller than the mirror port.',
    guide: 'packets-lost-while-capturing',
  },
  'wifi-encrypted': {
    severity: 'warning',
    title: 'Encrypted Wi-Fi',
    effect: 'Inside encrypted frames nothing is seen: no addresses, no names, no flows.',
    cure: 'Capture behind the access point, on its wire or its mirror port; or take off the encryption first (Wireshark with the key and the handshake), and save what comes out of it.',
    guide: 'encrypted-wi-fi',
  },
  copies: {
    severity: 'warning',
    title: 'The same packets twice',
    effect: 'Volumes and packet counts are too high, and copies look like repeated sending.',
    cure: 'Mirror each link once: either the uplink or the ports behind it, and one side of a router. Wireshark’s editcap -d takes copies out of a saved capture.',
    guide: 'the-same-packets-twice',
  },
  'clock-jumps': {
    severity: 'warning',
    title: 'A clock that jumps',
    effect: 'Whatever goes by time is off: what came first, how long it lasted, how regular it was, rates a second.',
    cure: 'Set the capturing machine’s clock by NTP before the capture. Files that were joined out of order: reordercap, or mergecap in place of cat.',
    guide: 'a-clock-that-jumps',
  },
  'files-apart': {
    severity: 'warning',
    title: 'Files from different times, opened as one',
    effect: 'They are judged as one capture: hosts and habits of one time are compared with those of another.',
    cure: 'Open files as one only where they follow each other, as those of a ring buffer do. Import others one by one.',
    guide: 'files-from-different-times',
  },
  tunnels: {
    severity: 'warning',
    title: 'Mostly tunnels that cannot be looked into',
    effect: 'Of what is inside only times and sizes are seen: who talks to whom, and about what, is not.',
    cure: 'Capture where the tunnel ends: inside of the VPN gateway, the firewall or the router that opens it.',
    guide: 'mostly-tunnels',
  },
  'one-address': {
    severity: 'warning',
    title: 'Several machines behind one address',
    effect: 'They are judged as one host: which machine it was cannot be told, and their habits blur into one.',
    cure: 'Capture on the inside of the router that translates addresses (its LAN port), where each machine has its own.',
    guide: 'several-machines-behind-one-address',
  },
  anonymised: {
    severity: 'info',
    title: 'An anonymised copy',
    effect:
      'Payload was left out on purpose: names, requests, certificates and logins are not in it, and what only they show is not found.',
    cure: 'For what payload shows, ask whoever made the copy for a report of the original, which can be anonymised as well (sonde triage --report r.html --anonymise).',
    guide: 'an-anonymised-copy',
  },
  'too-short': {
    severity: 'info',
    title: 'Short for judging what is usual',
    effect:
      'Known attacks are found all the same. What is unusual for a host, and what comes only now and then, is not.',
    cure: 'Capture for an hour or more, best at a busy time; for what comes once an hour or once a day, for a day.',
    guide: 'too-short',
  },
} as const satisfies Readonly<Record<string, QualityKind>>;

export type QualityCode = keyof typeof QUALITY;

/** In the order in which they are told. */
export const QUALITY_CODES = Object.keys(QUALITY) as QualityCode[];

/** As it stands in a report. */
export interface ReportQuality {
  code: QualityCode;
  severity: 'info' | 'warning';
  title: string;
  /** What was seen, with numbers. */
  message: string;
  effect: string;
  cure: string;
  /** The place in the documentation, as `good-capture.md#heading`. */
  guide: string;
}

export function qualityOf(code: QualityCode, message: string): ReportQuality {
  const { severity, title, effect, cure, guide } = QUALITY[code];
  return { code, severity, title, message, effect, cure, guide: `good-capture.md#${guide}` };
}

/** Warnings about an input that say the same in fewer words. */
const SAME: ReadonlyMap<string, readonly QualityCode[]> = new Map([
  ['truncated-packet', ['packets-cut', 'anonymised']],
  ['encrypted-frame', ['wifi-encrypted']],
]);

/** The warnings that nothing in `quality` tells better. */
export function withoutTold<W extends { code: string }>(
  warnings: readonly W[],
  quality: readonly { code: string }[] = [],
): W[] {
  const told = new Set(quality.map(({ code }) => code));
  const isTold = (code: string): boolean => SAME.get(code)?.some((same) => told.has(same)) === true;
  return warnings.filter(({ code }) => !isTold(code));
}
