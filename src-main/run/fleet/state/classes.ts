/**
 * The classes whose instances make up the state of an analysis, by where they are written: a saved state names them so. A class of a
 * behaviour is found here because its file is listed; one that is missing makes saving fail with its name (and a test).
 */
import * as amplification from '../../../detect/behaviours/amplification.ts';
import * as arpSpoofing from '../../../detect/behaviours/arp-spoofing.ts';
import * as arpSweep from '../../../detect/behaviours/arp-sweep.ts';
import * as beaconing from '../../../detect/behaviours/beaconing.ts';
import * as bruteForce from '../../../detect/behaviours/brute-force.ts';
import * as accountBook from '../../../detect/behaviours/common/account-book.ts';
import * as bounded from '../../../detect/behaviours/common/bounded.ts';
import * as casebook from '../../../detect/behaviours/common/casebook.ts';
import * as distinct from '../../../detect/behaviours/common/distinct.ts';
import * as exchanges from '../../../detect/behaviours/common/exchanges.ts';
import * as fanTable from '../../../detect/behaviours/common/fan-table.ts';
import * as flowIds from '../../../detect/behaviours/common/flow-ids.ts';
import * as flowMap from '../../../detect/behaviours/common/flow-map.ts';
import * as hostColumns from '../../../detect/behaviours/common/host-columns.ts';
import * as load from '../../../detect/behaviours/common/load.ts';
import * as misplacedCases from '../../../detect/behaviours/common/misplaced-cases.ts';
import * as names from '../../../detect/behaviours/common/names.ts';
import * as orderStatistics from '../../../detect/behaviours/common/order-statistics.ts';
import * as repeatFilter from '../../../detect/behaviours/common/repeat-filter.ts';
import * as sequence from '../../../detect/behaviours/common/sequence.ts';
import * as deadlyPackets from '../../../detect/behaviours/deadly-packets.ts';
import * as deviceReach from '../../../detect/behaviours/device-reach.ts';
import * as dga from '../../../detect/behaviours/dga.ts';
import * as dhcpAbuse from '../../../detect/behaviours/dhcp-abuse.ts';
import * as dnsSpoofing from '../../../detect/behaviours/dns-spoofing.ts';
import * as dnsTunnel from '../../../detect/behaviours/dns-tunnel.ts';
import * as excessiveTraffic from '../../../detect/behaviours/excessive-traffic.ts';
import * as exfiltration from '../../../detect/behaviours/exfiltration.ts';
import * as fileSharing from '../../../detect/behaviours/file-sharing.ts';
import * as fingerprinting from '../../../detect/behaviours/fingerprinting.ts';
import * as flood from '../../../detect/behaviours/flood.ts';
import * as halfOpenProbe from '../../../detect/behaviours/half-open-probe.ts';
import * as hostSweep from '../../../detect/behaviours/host-sweep.ts';
import * as httpGate from '../../../detect/behaviours/http-gate.ts';
import * as httpLogin from '../../../detect/behaviours/http-login.ts';
import * as icmpTunnel from '../../../detect/behaviours/icmp-tunnel.ts';
import * as kerberosGuessing from '../../../detect/behaviours/kerberos-guessing.ts';
import * as loginFlows from '../../../detect/behaviours/login-flows.ts';
import * as massRegistration from '../../../detect/behaviours/mass-registration.ts';
import * as mining from '../../../detect/behaviours/mining.ts';
import * as policyViolation from '../../../detect/behaviours/policy-violation.ts';
import * as portMisuse from '../../../detect/behaviours/port-misuse.ts';
import * as portScan from '../../../detect/behaviours/port-scan.ts';
import * as protocolViolation from '../../../detect/behaviours/protocol-violation.ts';
import * as rawControl from '../../../detect/behaviours/raw-control.ts';
import * as regularContact from '../../../detect/behaviours/regular-contact.ts';
import * as requestFlood from '../../../detect/behaviours/request-flood.ts';
import * as slowDos from '../../../detect/behaviours/slow-dos.ts';
import * as tcpReflection from '../../../detect/behaviours/tcp-reflection.ts';
import * as tlsControl from '../../../detect/behaviours/tls-control.ts';
import * as trafficDrift from '../../../detect/behaviours/traffic-drift.ts';
import * as unexpectedPort from '../../../detect/behaviours/unexpected-port.ts';
import * as unusualDestination from '../../../detect/behaviours/unusual-destination.ts';
import * as webAttack from '../../../detect/behaviours/web-attack.ts';
import * as windowsRemote from '../../../detect/behaviours/windows-remote.ts';
import * as wormSpread from '../../../detect/behaviours/worm-spread.ts';
import * as book from '../../../detect/devices/book.ts';
import * as evidence from '../../../detect/devices/evidence.ts';
import * as profile from '../../../detect/devices/profile.ts';
import * as ageList from '../../../meter/age-list.ts';
import * as cards from '../../../meter/enrich/cards.ts';
import * as findings from '../../../detect/incidents/findings.ts';
import * as context from '../../../detect/features/context.ts';
import * as pairs from '../../../detect/features/pairs.ts';
import * as pending from '../../../detect/features/pending.ts';
import * as recentWindows from '../../../detect/features/windows.ts';
import * as anomalies from '../../../detect/detectors/anomalies.ts';
import * as scorer from '../../../detect/detectors/triage.ts';
import * as contact from '../../../detect/signatures/intel/contact.ts';
import * as match from '../../../detect/signatures/intel/match.ts';
import * as liveAnomalies from '../../pipeline/live/anomalies.ts';
import * as tracker from '../../pipeline/live/tracker.ts';
import * as traffic from '../../pipeline/live/traffic.ts';
import * as answerTimes from '../../../detect/features/answer-times.ts';
import * as driftSeries from '../../../detect/detectors/drift/series.ts';
import * as driftRing from '../../../detect/detectors/drift/ring.ts';
import * as ewma from '../../../detect/detectors/drift/ewma.ts';
import * as seasonal from '../../../detect/detectors/drift/seasonal.ts';
import * as ourNetworks from '../../../meter/enrich/our-networks.ts';

const FILES: Readonly<Record<string, object>> = {
  ourNetworks,
  seasonal,
  ewma,
  driftRing,
  answerTimes,
  driftSeries,
  amplification,
  arpSpoofing,
  arpSweep,
  beaconing,
  bruteForce,
  accountBook,
  bounded,
  casebook,
  distinct,
  exchanges,
  fanTable,
  flowIds,
  flowMap,
  hostColumns,
  load,
  misplacedCases,
  names,
  orderStatistics,
  repeatFilter,
  sequence,
  deadlyPackets,
  deviceReach,
  dga,
  dhcpAbuse,
  dnsSpoofing,
  dnsTunnel,
  excessiveTraffic,
  exfiltration,
  fileSharing,
  fingerprinting,
  flood,
  halfOpenProbe,
  hostSweep,
  httpGate,
  httpLogin,
  icmpTunnel,
  kerberosGuessing,
  loginFlows,
  massRegistration,
  mining,
  policyViolation,
  portMisuse,
  portScan,
  protocolViolation,
  rawControl,
  regularContact,
  requestFlood,
  slowDos,
  tcpReflection,
  tlsControl,
  trafficDrift,
  unexpectedPort,
  unusualDestination,
  webAttack,
  windowsRemote,
  wormSpread,
  book,
  evidence,
  profile,
  ageList,
  cards,
  findings,
  context,
  pairs,
  pending,
  recentWindows,
  anomalies,
  scorer,
  contact,
  match,
  liveAnomalies,
  tracker,
  traffic,
};

/** Prototypes by name, 'file Class'. */
const BY_NAME = new Map<string, object>();
const NAMES = new Map<object, string>();

for (const [file, exported] of Object.entries(FILES)) {
  for (const [name, value] of Object.entries(exported) as [string, unknown][]) {
    if (typeof value !== 'function' || !/^[A-Z][a-z]/.test(name)) continue;
    const prototype = value.prototype as object;
    BY_NAME.set(`${file} ${name}`, prototype);
    NAMES.set(prototype, `${file} ${name}`);
  }
}

export function nameOfClass(prototype: object): string | undefined {
  return NAMES.get(prototype);
}

export function classNamed(name: string): object | undefined {
  return BY_NAME.get(name);
}
