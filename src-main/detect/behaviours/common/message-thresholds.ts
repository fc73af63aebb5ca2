/**
 * Absolute floors and windows of the behaviours that read messages. Each has its reason; what a network's own habit
 * can say better is compared with that habit in the behaviour itself. Seconds and bytes unless named otherwise.
 */

export const GUESSING = {
  /** Failures at one service within the window that no person produces: people give up or are locked out before. */
  FAILURES: 8,
  WINDOW: 120,
  /** Different accounts with failures from one source: a household or a jump host has a few, a list has many. */
  SPRAY_ACCOUNTS: 5,
  /** Attempts without a visible outcome (half-visible protocols): twice as many are asked for. */
  ATTEMPTS: 20,
  /** Sessions of nearly the same size at an encrypted login service, when outcomes cannot be seen. */
  SESSIONS: 12,
  SESSION_WINDOW: 300,
  /** Largest relative spread (MAD / median) of payload bytes among guessing sessions: scripts repeat themselves. */
  SIZE_SPREAD: 0.08,
  /** A session longer than this had a user in it. */
  SESSION_SECONDS: 60,
  /** Accounts that make password guessing at a web login "stuffing". */
  STUFFING_ACCOUNTS: 10,
} as const;

export const BEACON = {
  /** Connections before regularity means anything: fewer intervals look regular by chance. */
  CONNECTIONS: 10,
  /** … to a place with a name, on a usual port: much software calls home on a timer. */
  NAMED_CONNECTIONS: 100,
  /** Score from which a schedule is meant (RITA's analysts look from 0.8 on). */
  SCORE: 0.85,
  NAMED_SCORE: 0.92,
  /** Shorter medians are bursts or streaming, not a schedule. */
  SHORTEST: 1,
  /** The schedule must have been kept for this long. */
  SPAN: 60,
  /** Largest ordinary call home: larger ones are downloads and uploads. */
  BYTES: 20_000,
} as const;

export const DNS_TUNNEL = {
  /** Different subdomains under one registered domain: a browsing host asks one domain for a handful. */
  NAMES: 10,
  /** Bytes of names a message carried upwards on average: words are shorter. */
  LABEL_CHARACTERS: 18,
  /** Share of names that were never asked twice. */
  UNIQUE_SHARE: 0.6,
  /** Record types that clients hardly use, and tunnels like: NULL, private use, KEY, SRV are handled in code. */
  RARE_TYPES: 3,
  /** Time within which the evidence has to come together. */
  LIFETIME: 1800,
} as const;

export const ICMP_TUNNEL = {
  /** Echo messages with payloads of their own before a verdict: monitoring tools send a few odd ones. */
  MESSAGES: 8,
  /** Share of answers whose payload is not the request's. An ordinary host echoes what it was sent. */
  MISMATCH: 0.5,
} as const;

export const DGA = {
  /** Failed lookups of improbable names by one host. Typing errors and search domains make a few. */
  NAMES: 12,
  /** Share of the names under evaluation that do not exist. */
  FAILED: 0.7,
} as const;

export const EXFILTRATION = {
  /** Bytes to one outside place below which nobody calls it exfiltration: a photo backup is more. */
  BYTES: 50_000_000,
  /** Bytes through a channel made for other things (DNS, ICMP). */
  COVERT_BYTES: 100_000,
  /** Out for each byte in. */
  RATIO: 10,
  /** Times the second-largest upload of this host. */
  TIMES_USUAL: 10,
} as const;

export const DHCP_ABUSE = {
  /** Different client hardware addresses asking within the window: a classroom has 30 over minutes. */
  CLIENTS: 50,
  WINDOW: 30,
  /** Requests by one sender within the window. A client asks four times and backs off. */
  REQUESTS: 60,
} as const;

export const WEIRD_SCORE = {
  /** Weighted breaches by one host towards one other before a warning; single ones are the Internet's weather. */
  WARNING: 12,
} as const;
