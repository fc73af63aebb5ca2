/**
 * Ports that servers are likely to listen on: what decides who is the originator when the start of a conversation
 * was not captured. The set is that of Zeek's default `likely_server_ports`.
 */
import { PROTO } from '../packets/types.ts';

const TCP_PORTS: readonly number[] = [
  21, 22, 25, 53, 79, 80, 81, 88, 135, 139, 143, 389, 443, 445, 502, 563, 585, 587, 614, 631, 636, 989, 990, 992, 993,
  995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5222, 5223, 5269, 5432, 6379, 6666, 6667, 6668, 6669, 8000, 8080,
  8888, 20000,
];

const UDP_PORTS: readonly number[] = [
  53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1812, 2123, 2152, 3389, 3544, 4789, 5060, 5072, 5353, 5355, 6081,
  20000,
];

/** TCP services on which long silences are usual: Zeek waits an hour for them. */
const PATIENT_TCP_PORTS: readonly number[] = [21, 22, 23, 513];

/** Where Zeek expects DNS, multicast DNS, LLMNR and NetBIOS names. */
const NAME_SERVICE_UDP_PORTS: readonly number[] = [53, 137, 5353, 5355];

const TCP_BIT = 1;
const UDP_BIT = 2;
const PATIENT_BIT = 4;
const NAME_SERVICE_BIT = 8;

const bits = new Uint8Array(65536);
for (const port of TCP_PORTS) bits[port]! |= TCP_BIT;
for (const port of UDP_PORTS) bits[port]! |= UDP_BIT;
for (const port of PATIENT_TCP_PORTS) bits[port]! |= PATIENT_BIT;
for (const port of NAME_SERVICE_UDP_PORTS) bits[port]! |= NAME_SERVICE_BIT;

export function isLikelyServerPort(proto: number, port: number): boolean {
  return (bits[port]! & (proto === PROTO.TCP ? TCP_BIT : UDP_BIT)) !== 0;
}

export function isPatientPort(port: number): boolean {
  return (bits[port]! & PATIENT_BIT) !== 0;
}

export function isNameServicePort(port: number): boolean {
  return (bits[port]! & NAME_SERVICE_BIT) !== 0;
}
