/** Incidents: the unit people are shown. The list of kinds is closed; adding one is one entry in `KINDS`. */

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A technique of MITRE ATT&CK, named only where the behaviour implies it. */
export interface Technique {
  id: string;
  name: string;
}

export interface KindDefinition {
  id: string;
  title: string;
  severity: Severity;
  technique: readonly Technique[];
  /** What a junior admin should do next, one or two sentences. */
  response: readonly string[];
}

const define = <const K extends readonly KindDefinition[]>(kinds: K): K => kinds;

export const KINDS = define([
  {
    id: 'dos-flood',
    title: 'Denial-of-service flood',
    severity: 'critical',
    technique: [{ id: 'T1498.001', name: 'Direct Network Flood' }],
    response: [
      'Rate-limit or block the source at the firewall and check that the target still answers its users.',
      'If the sources look forged, ask your provider to filter upstream.',
    ],
  },
  {
    id: 'ddos',
    title: 'Distributed denial of service',
    severity: 'critical',
    technique: [{ id: 'T1498.001', name: 'Direct Network Flood' }],
    response: [
      'Call your provider or scrubbing service: filtering at your own edge comes too late when the line is full.',
      'Until then block the common pattern (port, protocol, size) rather than single addresses.',
    ],
  },
  {
    id: 'amplification',
    title: 'Amplification attack',
    severity: 'critical',
    technique: [{ id: 'T1498.002', name: 'Reflection Amplification' }],
    response: [
      'If one of your servers reflects, close its service to the outside or limit its answers.',
      'If you are the target, block the source port of the answers at the edge and call your provider.',
    ],
  },
  {
    id: 'slow-dos',
    title: 'Slow denial of service',
    severity: 'critical',
    technique: [{ id: 'T1499.002', name: 'Service Exhaustion Flood' }],
    response: [
      'Limit connections per address and shorten the header and body timeouts of the web server.',
      'Block the source if it keeps the connections open.',
    ],
  },
  {
    id: 'data-exfiltration',
    title: 'Possible data exfiltration',
    severity: 'critical',
    technique: [{ id: 'T1048', name: 'Exfiltration Over Alternative Protocol' }],
    response: [
      'Ask the owner of the machine whether this upload was meant; find the program that sent it.',
      'If nobody knows, cut the machine off the network and keep it running for examination.',
    ],
  },
  {
    id: 'dns-tunnel',
    title: 'Tunnel through DNS',
    severity: 'critical',
    technique: [{ id: 'T1071.004', name: 'Application Layer Protocol: DNS' }],
    response: [
      'Block the domain at the resolver and find the program on the machine that asks for it.',
      'Let clients use only your own resolvers.',
    ],
  },
  {
    id: 'icmp-tunnel',
    title: 'Tunnel through ICMP',
    severity: 'critical',
    technique: [{ id: 'T1095', name: 'Non-Application Layer Protocol' }],
    response: [
      'Block echo between these two addresses and find the program that sends it.',
      'Allow echo to the outside only where monitoring needs it.',
    ],
  },
  {
    id: 'command-and-control',
    title: 'Possible command and control',
    severity: 'critical',
    technique: [{ id: 'T1071', name: 'Application Layer Protocol' }],
    response: [
      'Unless you know the program behind it: isolate the machine that calls from the network, keep it running for examination, and block the address that it calls.',
      'Find the program that calls: by the open connections of the machine, its scheduled tasks and what starts with it. Where it is software that you know, mark the incident as expected.',
    ],
  },
  {
    id: 'brute-force',
    title: 'Password guessing',
    severity: 'critical',
    technique: [{ id: 'T1110', name: 'Brute Force' }],
    response: [
      'Block the source and check the server’s log for a login that succeeded.',
      'Turn on lock-out or key-only login for this service.',
    ],
  },
  {
    id: 'credential-stuffing',
    title: 'Credential stuffing',
    severity: 'critical',
    technique: [{ id: 'T1110.004', name: 'Credential Stuffing' }],
    response: [
      'Rate-limit the login page by address and account, and ask for a second factor.',
      'Reset the passwords of accounts that were entered successfully during this time.',
    ],
  },
  {
    id: 'intrusion-attempt',
    title: 'Attempt to break in',
    severity: 'critical',
    technique: [{ id: 'T1190', name: 'Exploit Public-Facing Application' }],
    response: [
      'Check the target’s logs for what the request did and whether it is patched against it.',
      'Block the source; if the attempt succeeded, treat the target as compromised.',
    ],
  },
  {
    id: 'lateral-movement',
    title: 'Lateral movement',
    severity: 'critical',
    technique: [{ id: 'T1021', name: 'Remote Services' }],
    response: [
      'Ask whether an administrator was working from the source at that time.',
      'If not, isolate both machines and change the password of the account that was used.',
    ],
  },
  {
    id: 'arp-spoofing',
    title: 'ARP spoofing',
    severity: 'critical',
    technique: [{ id: 'T1557.002', name: 'ARP Cache Poisoning' }],
    response: [
      'Find the switch port of the MAC address that claims addresses of others, and disconnect it.',
      'Turn on dynamic ARP inspection where the switch has it.',
    ],
  },
  {
    id: 'dns-spoofing',
    title: 'DNS spoofing',
    severity: 'critical',
    technique: [{ id: 'T1557', name: 'Adversary-in-the-Middle' }],
    response: [
      'Compare the answers with those of a resolver you trust and flush the clients’ caches.',
      'Find who sent the second answer: its MAC address tells the switch port.',
    ],
  },
  {
    id: 'mass-registration',
    title: 'Mass registration',
    severity: 'critical',
    technique: [{ id: 'T1136', name: 'Create Account' }],
    response: [
      'Limit registrations per address and ask for a proof of being human.',
      'Remove the accounts or devices registered during this time after a look at them.',
    ],
  },
  {
    id: 'port-scan',
    title: 'Port scan',
    severity: 'warning',
    technique: [{ id: 'T1046', name: 'Network Service Discovery' }],
    response: [
      'If the source is not your own scanner, find out who runs it; from inside it often means an infected machine.',
      'Check the ports that answered and close those that need not be open.',
    ],
  },
  {
    id: 'host-sweep',
    title: 'Search for hosts',
    severity: 'warning',
    technique: [{ id: 'T1018', name: 'Remote System Discovery' }],
    response: [
      'If the source is not your own inventory or monitoring, find out who runs it.',
      'Look at what it did with the hosts that answered.',
    ],
  },
  {
    id: 'fingerprinting',
    title: 'Fingerprinting of systems',
    severity: 'warning',
    technique: [{ id: 'T1595.002', name: 'Vulnerability Scanning' }],
    response: [
      'If nobody ordered a security test, block the source.',
      'Check whether the services it looked at are up to date.',
    ],
  },
  {
    id: 'dga',
    title: 'Generated domain names',
    severity: 'warning',
    technique: [{ id: 'T1568.002', name: 'Domain Generation Algorithms' }],
    response: [
      'Scan the machine: programs that try many random names are usually malware looking for their server.',
      'Block the names that did resolve.',
    ],
  },
  {
    id: 'dhcp-abuse',
    title: 'Abuse of DHCP',
    severity: 'warning',
    technique: [],
    response: [
      'Find the switch port of the device and disconnect it; check that the address pool is not used up.',
      'Turn on DHCP snooping where the switch has it.',
    ],
  },
  {
    id: 'protocol-violation',
    title: 'Protocol violation',
    severity: 'warning',
    technique: [],
    response: [
      'Look at the packets: broken software and evasion look alike, and the source tells which it is.',
      'If it comes from outside, block the source.',
    ],
  },
  {
    id: 'excessive-traffic',
    title: 'Unusually much traffic',
    severity: 'warning',
    technique: [],
    response: ['Ask the owner of the machine what is being transferred.', 'If it crowds out others, limit its rate.'],
  },
  {
    id: 'unusual-destination',
    title: 'Unusual destination',
    severity: 'warning',
    technique: [],
    response: ['Look up the destination and find the program that contacts it.', 'Mark it as expected if it is known.'],
  },
  {
    id: 'policy-violation',
    title: 'Policy violation',
    severity: 'warning',
    technique: [],
    response: [
      'Find the program or service behind it, and ask its owner whether your rules allow it.',
      'Mark it as expected if it has to stay.',
    ],
  },
  {
    id: 'timing-anomaly',
    title: 'Unusual timing',
    severity: 'info',
    technique: [],
    response: ['Compare with what this host does at other times; mark it as expected if it is known.'],
  },
  {
    id: 'size-anomaly',
    title: 'Unusual sizes',
    severity: 'info',
    technique: [],
    response: ['Compare with what this host usually transfers; mark it as expected if it is known.'],
  },
  {
    id: 'behavioural-anomaly',
    title: 'Unusual behaviour',
    severity: 'info',
    technique: [],
    response: ['Look at the features that differ most and at the flows; mark it as expected if it is known.'],
  },
]);

export type IncidentKind = (typeof KINDS)[number]['id'];

export const KIND_IDS: readonly IncidentKind[] = KINDS.map((kind) => kind.id);

/** What people have decided about an incident. */
export const INCIDENT_STATUSES = ['new', 'investigating', 'expected', 'false-alarm', 'closed'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

const BY_ID: ReadonlyMap<string, KindDefinition> = new Map(KINDS.map((kind) => [kind.id, kind]));

/** The entry of the closed list. */
export function kindOf(id: IncidentKind): KindDefinition {
  const found = BY_ID.get(id);
  if (!found) throw new RangeError(`no such kind of incident: ${id}`);
  return found;
}

/** What to do where a technique asks for more than its kind does. */
const TECHNIQUE_RESPONSES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'T1003.006',
    [
      'Unless the caller is a domain controller or a directory synchronisation of yours: isolate it now, and find the account that was used (event 4662 on the domain controller, with the replication rights DS-Replication-Get-Changes).',
      'Treat all secrets of the domain as known to the attacker: disable that account, change the password of krbtgt twice (the second time when the first change has reached every domain controller and tickets made before it have run out), then those of administrators, services, machines and all users.',
      'Take the right to replicate from every account that does not need it, and look for logins with forged tickets since then.',
    ],
  ],
]);

/** What to do first about an incident of this kind, where findings name these techniques. */
export function responseTo(kind: IncidentKind, techniques: readonly Technique[]): readonly string[] {
  const special = techniques.map(({ id }) => TECHNIQUE_RESPONSES.get(id)).find((steps) => steps !== undefined);
  return special ?? kindOf(kind).response;
}

const TECHNIQUES: ReadonlyMap<string, string> = new Map(
  KINDS.flatMap(({ technique }) => technique.map(({ id, name }) => [id, name] as const)),
);

/** ATT&CK's name of a technique, as far as kinds of incidents name it; else its id. */
export const techniqueName = (id: string): string => TECHNIQUES.get(id) ?? id;

/** "T1071 Application Layer Protocol"; of one whose name is not known its id alone. */
export const techniqueText = ({ id, name }: Technique, between = ' '): string =>
  name === '' || name === id ? id : `${id}${between}${name}`;

/** One number behind an incident, beside what would have been usual. */
export interface Evidence {
  fact: string;
  value: number;
  expected: number | null;
  unit: string;
}

/** How far one feature moved a score from the detector's base value. Contributions sum to score minus base. */
export interface Attribution {
  feature: string;
  value: number;
  usual: number;
  /** What is usual for the host that opened the flow, where enough is known of it. */
  usualForHost?: number;
  contribution: number;
  text: string;
}

/**
 * What the attributions of an incident add up to, for the flow in it that stands out most: `base` + contributions +
 * `rest` = `surprise`. Surprise is −log10 of the tail probability; 1 more is ten times rarer.
 */
export interface Explanation {
  /** Surprise of a flow of which nothing is known. */
  base: number;
  /** Surprise of this flow. */
  surprise: number;
  /** The same as a score of 0…1. */
  score: number;
  /** What the features that are not listed contributed. */
  rest: number;
}
