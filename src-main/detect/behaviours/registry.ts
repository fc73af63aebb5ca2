/** Every behaviour Sonde knows: one line each. Order does not matter: findings are sorted by what they are. */
import type { BehaviourFactory } from '../types.ts';
import { TlsControl } from './tls-control.ts';
import { WormSpread } from './worm-spread.ts';
import { WindowsRemote } from './windows-remote.ts';
import { WebAttacks } from './web-attack.ts';
import { TrafficDrift } from './traffic-drift.ts';
import { UnexpectedPort } from './unexpected-port.ts';
import { UnusualDestination } from './unusual-destination.ts';
import { RegularContact } from './regular-contact.ts';
import { RawControl } from './raw-control.ts';
import { ProtocolViolation } from './protocol-violation.ts';
import { PortMisuse } from './port-misuse.ts';
import { Mining } from './mining.ts';
import { PolicyViolation } from './policy-violation.ts';
import { MassRegistration } from './mass-registration.ts';
import { LoginFlows } from './login-flows.ts';
import { KerberosGuessing } from './kerberos-guessing.ts';
import { IcmpTunnel } from './icmp-tunnel.ts';
import { HttpLogin } from './http-login.ts';
import { HttpGate } from './http-gate.ts';
import { GeneratedNames } from './dga.ts';
import { FileSharing } from './file-sharing.ts';
import { Exfiltration } from './exfiltration.ts';
import { DnsTunnel } from './dns-tunnel.ts';
import { DnsSpoofing } from './dns-spoofing.ts';
import { DeviceReach } from './device-reach.ts';
import { DhcpAbuse } from './dhcp-abuse.ts';
import { BruteForce } from './brute-force.ts';
import { Beaconing } from './beaconing.ts';
import { ArpSpoofing } from './arp-spoofing.ts';
import { amplification } from './amplification.ts';
import { arpSweep } from './arp-sweep.ts';
import { deadlyPackets } from './deadly-packets.ts';
import { excessiveTraffic } from './excessive-traffic.ts';
import { fingerprinting } from './fingerprinting.ts';
import { flood } from './flood.ts';
import { halfOpenProbe } from './half-open-probe.ts';
import { hostSweep } from './host-sweep.ts';
import { portScan } from './port-scan.ts';
import { requestFlood } from './request-flood.ts';
import { slowDos } from './slow-dos.ts';
import { tcpReflection } from './tcp-reflection.ts';

export const BEHAVIOURS: readonly BehaviourFactory[] = [
  amplification,
  arpSweep,
  deadlyPackets,
  excessiveTraffic,
  fingerprinting,
  flood,
  halfOpenProbe,
  hostSweep,
  portScan,
  requestFlood,
  slowDos,
  tcpReflection,
  () => new ArpSpoofing(),
  () => new Beaconing(),
  () => new BruteForce(),
  () => new DeviceReach(),
  () => new DhcpAbuse(),
  () => new DnsSpoofing(),
  () => new DnsTunnel(),
  () => new Exfiltration(),
  () => new FileSharing(),
  () => new GeneratedNames(),
  () => new HttpGate(),
  () => new HttpLogin(),
  () => new IcmpTunnel(),
  () => new KerberosGuessing(),
  () => new LoginFlows(),
  () => new MassRegistration(),
  () => new Mining(),
  () => new PolicyViolation(),
  () => new PortMisuse(),
  () => new ProtocolViolation(),
  () => new RawControl(),
  () => new RegularContact(),
  () => new UnexpectedPort(),
  () => new UnusualDestination(),
  () => new WebAttacks(),
  () => new WindowsRemote(),
  () => new WormSpread(),
  () => new TlsControl(),
  () => new TrafficDrift(),
];

/**
 * Where there are records of flows and no messages: a connection that a web server answered looks there like one that waits for
 * an answer.
 */
export const RECORD_BEHAVIOURS: readonly BehaviourFactory[] = BEHAVIOURS.filter((one) => one !== slowDos);
