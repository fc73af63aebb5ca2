/**
 * Classes of rules by the text that Suricata's events tell in their place. Source: the descriptions of
 * `classification.config` as Suricata ships it.
 */
const CLASSES: Readonly<Record<string, string>> = {
  'not suspicious traffic': 'not-suspicious',
  'unknown traffic': 'unknown',
  'potentially bad traffic': 'bad-unknown',
  'attempted information leak': 'attempted-recon',
  'information leak': 'successful-recon-limited',
  'large scale information leak': 'successful-recon-largescale',
  'attempted denial of service': 'attempted-dos',
  'denial of service': 'successful-dos',
  'attempted user privilege gain': 'attempted-user',
  'unsuccessful user privilege gain': 'unsuccessful-user',
  'successful user privilege gain': 'successful-user',
  'attempted administrator privilege gain': 'attempted-admin',
  'successful administrator privilege gain': 'successful-admin',
  'decode of an rpc query': 'rpc-portmap-decode',
  'executable code was detected': 'shellcode-detect',
  'a suspicious string was detected': 'string-detect',
  'a suspicious filename was detected': 'suspicious-filename-detect',
  'an attempted login using a suspicious username was detected': 'suspicious-login',
  'a system call was detected': 'system-call-detect',
  'a tcp connection was detected': 'tcp-connection',
  'a network trojan was detected': 'trojan-activity',
  'a client was using an unusual port': 'unusual-client-port-connection',
  'detection of a network scan': 'network-scan',
  'detection of a denial of service attack': 'denial-of-service',
  'detection of a non-standard protocol or event': 'non-standard-protocol',
  'generic protocol command decode': 'protocol-command-decode',
  'access to a potentially vulnerable web application': 'web-application-activity',
  'web application attack': 'web-application-attack',
  'misc activity': 'misc-activity',
  'misc attack': 'misc-attack',
  'generic icmp event': 'icmp-event',
  'inappropriate content was detected': 'inappropriate-content',
  'potential corporate privacy violation': 'policy-violation',
  'attempt to login by a default username and password': 'default-login-attempt',
  'targeted malicious activity was detected': 'targeted-activity',
  'exploit kit activity detected': 'exploit-kit',
  'device retrieving external ip address detected': 'external-ip-check',
  'domain observed used for c2 detected': 'domain-c2',
  'possibly unwanted program detected': 'pup-activity',
  'successful credential theft detected': 'credential-theft',
  'possible social engineering attempted': 'social-engineering',
  'crypto currency mining activity detected': 'coin-mining',
  'malware command and control activity detected': 'command-and-control',
};

/** The class of rules whose events say this; '' where it is none of Suricata's own. */
export function classOfCategory(category: string): string {
  const text = category.trim().toLowerCase();
  return Object.hasOwn(CLASSES, text) ? (CLASSES[text] ?? '') : '';
}
