/** Classes of rules with their usual priority (1 the gravest), and what kind of incident each makes. */
import type { IncidentKind } from '../../../../src-shared/domain/incident.ts';

interface RuleClass {
  priority: number;
  kind: IncidentKind;
}

const CLASSES: ReadonlyMap<string, RuleClass> = new Map<string, RuleClass>([
  ...list(1, 'intrusion-attempt', [
    ...['attempted-admin', 'attempted-user', 'successful-admin', 'successful-user', 'unsuccessful-user'],
    ...['shellcode-detect', 'web-application-attack', 'exploit-kit', 'attempted-recon-largescale'],
    ...['inappropriate-content', 'kickass-porn'],
  ]),
  ...list(1, 'command-and-control', ['trojan-activity', 'command-and-control', 'domain-c2', 'targeted-activity']),
  ...list(1, 'policy-violation', ['policy-violation', 'credential-theft', 'social-engineering']),
  ...list(2, 'intrusion-attempt', [
    ...['bad-unknown', 'misc-attack', 'suspicious-filename-detect', 'suspicious-login', 'system-call-detect'],
    ...['default-login-attempt', 'web-application-activity', 'file-format', 'malware-cnc', 'client-side-exploit'],
    ...[
      'unusual-client-port-connection',
      'successful-recon-limited',
      'successful-recon-largescale',
      'rpc-portmap-decode',
    ],
  ]),
  ...list(2, 'fingerprinting', ['attempted-recon', 'network-scan']),
  ...list(2, 'dos-flood', ['attempted-dos', 'denial-of-service', 'successful-dos']),
  ...list(2, 'mass-registration', []),
  ...list(2, 'policy-violation', ['coin-mining', 'pup-activity', 'non-standard-protocol', 'external-ip-check']),
  ...list(3, 'protocol-violation', ['protocol-command-decode']),
  ...list(3, 'policy-violation', [
    'not-suspicious',
    'unknown',
    'string-detect',
    'icmp-event',
    'misc-activity',
    'tcp-connection',
  ]),
]);

function list(priority: number, kind: IncidentKind, names: readonly string[]): [string, RuleClass][] {
  return names.map((name) => [name, { priority, kind }]);
}

/** What rules of an unknown class, or of none, count as. */
const UNKNOWN: RuleClass = { priority: 3, kind: 'intrusion-attempt' };

export function classPriority(name: string): number {
  return (CLASSES.get(name) ?? UNKNOWN).priority;
}

export function classKind(name: string): IncidentKind {
  return (CLASSES.get(name) ?? UNKNOWN).kind;
}
