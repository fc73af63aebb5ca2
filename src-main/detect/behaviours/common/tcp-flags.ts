/** What the flags of a flow's first segment say about its sender's intention (RFC 9293; nmap's scan types). */

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const URG = 32;
const SIX = FIN | SYN | RST | PSH | ACK | URG;

/** How a flow was opened. */
export const OPENING = {
  /** An ordinary attempt to connect. */
  SYN: 0,
  FIN: 1,
  NULL: 2,
  XMAS: 3,
  /** Bare ACK or FIN+ACK: a probe, or the middle of a connection whose start was not captured. */
  ACK: 4,
  /** An answer (SYN+ACK, RST): somebody else's doing. */
  ANSWER: 5,
  /** Flags no stack sends together. */
  ODD: 6,
  /** Data in the middle of a connection. */
  MIDDLE: 7,
} as const;

export const OPENING_NAMES = ['SYN', 'FIN', 'NULL', 'XMAS', 'ACK', 'answer', 'odd-flag', 'data'] as const;

/** One of `OPENING` for the flags of a first segment. */
export function openingOf(tcpFlags: number, payloadLength: number): number {
  const flags = tcpFlags & SIX;
  if (flags === SYN) return OPENING.SYN;
  if ((flags & RST) !== 0) return (flags & SYN) !== 0 ? OPENING.ODD : OPENING.ANSWER;
  if (flags === (SYN | ACK)) return OPENING.ANSWER;
  if ((flags & SYN) !== 0) return (flags & (FIN | URG)) !== 0 ? OPENING.ODD : OPENING.SYN;
  if (flags === 0) return OPENING.NULL;
  if (flags === FIN) return OPENING.FIN;
  if ((flags & ACK) === 0) return (flags & (FIN | URG)) !== 0 ? OPENING.XMAS : OPENING.ODD;
  if (payloadLength > 0) return OPENING.MIDDLE;
  return flags === ACK || flags === (FIN | ACK) ? OPENING.ACK : OPENING.MIDDLE;
}

export function isSynAck(tcpFlags: number): boolean {
  return (tcpFlags & (SYN | ACK)) === (SYN | ACK);
}

/** Ports from 0 to 1023, and the registered ones that servers of common protocols listen on. */
const SERVER_PORTS = new Set([
  1080, 1194, 1433, 1521, 1701, 1723, 1812, 1883, 1935, 2049, 2083, 3128, 3268, 3306, 3389, 3478, 4500, 5060, 5061,
  5222, 5223, 5228, 5353, 5432, 5671, 5672, 5900, 5985, 5986, 6379, 6443, 6667, 6881, 7547, 8000, 8008, 8009, 8080,
  8081, 8086, 8333, 8443, 8880, 8883, 8888, 9000, 9042, 9090, 9092, 9100, 9200, 9443, 10000, 11211, 25565, 27015, 27017,
  32400,
]);

export function isServerPort(port: number): boolean {
  return port < 1024 || SERVER_PORTS.has(port);
}

/** A first packet from a server's port to a client's: the answer to a question that was not captured. */
export function looksLikeAnswer(fromPort: number, toPort: number): boolean {
  return isServerPort(fromPort) && toPort >= 1024 && !(isServerPort(toPort) && toPort < fromPort);
}
