/**
 * Which roles hosts of ours seem to have, by what `RoleCensus` counted. A proposal is a question to whoever knows the
 * network: it changes no judgement before somebody confirms it. Thresholds were chosen so that a single client of a small
 * office makes no role; each stands beside what it is for.
 */
import type { RoleId } from '../../../src-shared/domain/devices.ts';
import { ROLE_WORK, type ProposedRole, type RoleEvidence } from '../../../src-shared/domain/roles.ts';
import type { RoleCensus } from './census.ts';
import { networksAround } from './networks.ts';
import { amount, hostsWord, number } from './words.ts';
import type { Asked, HostWork, Moved, Service } from './work.ts';

/** Proposals in all, the best founded first. */
const PROPOSALS = 200;
/** Answers, and clients, that make a server. */
const DNS_ANSWERS = 20;
const DNS_CLIENTS = 2;
const MAIL_ANSWERS = 5;
const MAIL_CLIENTS = 3;
const DIRECTORY_ANSWERS = 4;
const DIRECTORY_CLIENTS = 2;
const LEASES = 2;
/** A proxy has clients here and goes to many places for them. */
const PROXY_ANSWERS = 10;
const PROXY_CLIENTS = 2;
const PROXY_PLACES = 5;
/** Who takes in so much of so many hosts, and gives out a fifth of it at most. */
const BACKUP_HOSTS = 2;
const BACKUP_OF_EACH = 5_000_000;
const BACKUP_BYTES = 50_000_000;
const BACKUP_RATIO = 5;
/** Who asks so many hosts again and again, at few ports, shortly, over so long (seconds), and is answered. */
const WATCHED = 5;
const WATCHED_TIMES = 4;
const WATCHED_SECONDS = 120;
const WATCHED_PORTS = 12;
const WATCHED_BYTES = 20_000;
const WATCHED_HEARD = 0.6;
/** Who tries so many ports in all, and so many of them at each of so many hosts. */
const SCANNED_PORTS = 50;
const SCANNED_HOSTS = 3;
const SCANNED_EACH = 8;

/** What a rule found; `peers`: hosts that bound where the work is done. */
interface Found {
  role: RoleId;
  evidence: RoleEvidence[];
  against?: string[];
  peers?: readonly number[];
  /** For the order: how far beyond its threshold. */
  weight: number;
}

function served(
  work: HostWork,
  service: Service,
  least: number,
  clients: number,
): { count: number; of: number } | null {
  const answered = work.answered.get(service);
  if (!answered || answered.count < least || answered.clients.size < clients) return null;
  return { count: answered.count, of: answered.clients.size };
}

const line = (fact: string, value: number, unit: string): RoleEvidence => ({ fact, value, unit });

function dnsServer(work: HostWork): Found | null {
  const found = served(work, 'dns', DNS_ANSWERS, DNS_CLIENTS);
  if (!found) return null;
  const fact = `answered ${number(found.count)} DNS questions of ${hostsWord(found.of)}`;
  return { role: 'dns-server', evidence: [line(fact, found.count, 'answers')], weight: found.count / DNS_ANSWERS };
}

function mailServer(work: HostWork): Found | null {
  const found = served(work, 'mail', MAIL_ANSWERS, MAIL_CLIENTS);
  if (!found) return null;
  const fact = `answered ${number(found.count)} mail connections of ${hostsWord(found.of)}`;
  return {
    role: 'mail-server',
    evidence: [line(fact, found.count, 'connections')],
    weight: found.count / MAIL_ANSWERS,
  };
}

function dhcpServer(work: HostWork): Found | null {
  const found = served(work, 'dhcp', LEASES, LEASES);
  if (!found) return null;
  const fact = `handed out ${number(found.count)} addresses to ${number(found.of)} cards by DHCP`;
  return { role: 'dhcp-server', evidence: [line(fact, found.count, 'leases')], weight: found.of };
}

function domainController(work: HostWork): Found | null {
  const tickets = served(work, 'kerberos', DIRECTORY_ANSWERS, DIRECTORY_CLIENTS);
  const directory = served(work, 'ldap', DIRECTORY_ANSWERS, DIRECTORY_CLIENTS);
  if (!tickets || !directory) return null;
  const evidence = [
    line(`answered ${number(tickets.count)} Kerberos requests of ${hostsWord(tickets.of)}`, tickets.count, 'flows'),
    line(`answered ${number(directory.count)} LDAP requests of ${hostsWord(directory.of)}`, directory.count, 'flows'),
  ];
  return { role: 'domain-controller', evidence, weight: tickets.count + directory.count };
}

function proxy(work: HostWork): Found | null {
  const found = served(work, 'proxy', PROXY_ANSWERS, PROXY_CLIENTS);
  if (!found || work.outside.size < PROXY_PLACES) return null;
  const evidence = [
    line(`took ${number(found.count)} connections to a proxy of ${hostsWord(found.of)}`, found.count, 'connections'),
    line(`turned to ${number(work.outside.size)} web servers outside`, work.outside.size, 'hosts'),
  ];
  return { role: 'proxy', evidence, weight: found.count / PROXY_ANSWERS };
}

function backup(work: HostWork): Found | null {
  const from = [...work.moved].filter(([, { taken }]) => taken >= BACKUP_OF_EACH);
  const all = [...work.moved.values()];
  const sum = (of: (moved: Moved) => number): number => all.reduce((s, moved) => s + of(moved), 0);
  const [taken, given] = [sum((m) => m.taken), sum((m) => m.given)];
  if (from.length < BACKUP_HOSTS || taken < BACKUP_BYTES || taken < BACKUP_RATIO * given) return null;
  const fact = `took in ${amount(taken)} of ${hostsWord(from.length)} over services that move files, and gave out ${amount(given)}`;
  const against = [
    'A host that gathers files to carry them off does the same: confirm only a backup server that you run.',
  ];
  const peers = from.map(([peer]) => peer);
  return { role: 'backup', evidence: [line(fact, taken, 'bytes')], against, peers, weight: taken / BACKUP_BYTES };
}

const isWatched = ({ flows, first, last }: Asked): boolean => flows >= WATCHED_TIMES && last - first >= WATCHED_SECONDS;

function monitoring(work: HostWork): Found | null {
  const watched = [...work.asked].filter(([, asked]) => isWatched(asked));
  if (watched.length < WATCHED || work.ports.size > WATCHED_PORTS) return null;
  const sum = (of: (asked: Asked) => number): number => watched.reduce((s, [, asked]) => s + of(asked), 0);
  const flows = sum((a) => a.flows);
  if (sum((a) => a.bytes) / flows > WATCHED_BYTES || sum((a) => a.heard) / flows < WATCHED_HEARD) return null;
  const ports = [...work.ports.members].sort((a, b) => a - b).filter((port) => port !== 0);
  const at = ports.length === 0 ? 'by ICMP' : `at port ${ports.slice(0, 6).join(', ')}${ports.length > 6 ? ' …' : ''}`;
  const least = Math.min(...watched.map(([, asked]) => asked.flows));
  const fact = `asked ${hostsWord(watched.length)} at least ${number(least)} times each, ${at}, shortly`;
  const peers = watched.map(([peer]) => peer);
  return { role: 'monitoring', evidence: [line(fact, flows, 'flows')], peers, weight: watched.length / WATCHED };
}

function scanner(work: HostWork): Found | null {
  const { ports, asked, triedFlows, triedHeard } = work;
  // One host that is scanned, and a few more that are talked to, are no round of a scanner.
  const tried = [...asked].filter(([, { ports: own }]) => own.size >= SCANNED_EACH).map(([peer]) => peer);
  if (ports.size < SCANNED_PORTS || tried.length < SCANNED_HOSTS) return null;
  const share = Math.round((100 * triedHeard) / triedFlows);
  const more = ports.refused > 0 ? ' or more' : '';
  const fact = `tried ${number(ports.size)}${more} ports in all, at ${hostsWord(tried.length)}; ${share} % of it was answered`;
  const against = ['An intruder who looks around does the same: confirm only a scanner that you run.'];
  return {
    role: 'scanner',
    evidence: [line(fact, ports.size, 'ports')],
    against,
    peers: tried,
    weight: ports.size / SCANNED_PORTS,
  };
}

const RULES = [scanner, backup, dnsServer, monitoring, domainController, mailServer, dhcpServer, proxy] as const;

type Weighed = ProposedRole & { weight: number };

function proposal(census: RoleCensus, address: string, found: Found): Weighed {
  const { role, evidence, against = [], peers = [], weight } = found;
  const within = ROLE_WORK[role].scoped ? networksAround(census.hosts, peers, census.named) : [];
  return { address, role, evidence, against, within, decision: null, weight };
}

/** Where two hand out addresses, one of them may be a stranger's. */
function doubtDhcp(all: readonly ProposedRole[]): void {
  const servers = all.filter(({ role }) => role === 'dhcp-server');
  if (servers.length < 2) return;
  for (const one of servers) {
    const others = servers.filter((other) => other !== one).map(({ address }) => address);
    one.against.push(`${others.slice(0, 3).join(', ')} hands out addresses too: one of them may be a stranger’s.`);
  }
}

function gateways(census: RoleCensus): Weighed[] {
  return [...census.routers].map(([address, clients]) => {
    const fact = `named as the way out to ${number(clients.size)} ${clients.size === 1 ? 'card' : 'cards'} by DHCP`;
    const evidence = [line(fact, clients.size, 'cards')];
    return { address, role: 'gateway', evidence, against: [], within: [], decision: null, weight: clients.size };
  });
}

/** Best founded first; the same counts give the same proposals in the same order. */
export function proposeRoles(census: RoleCensus): ProposedRole[] {
  const all = gateways(census);
  for (const [host, work] of census.work) {
    const address = census.hosts.address(host);
    for (const rule of RULES) {
      const found = rule(work);
      if (found) all.push(proposal(census, address, found));
    }
  }
  const name = ({ address, role }: Weighed): string => `${address} ${role}`;
  all.sort((a, b) => b.weight - a.weight || (name(a) < name(b) ? -1 : 1));
  // Before the cut: what is left out may be what speaks against another.
  doubtDhcp(all);
  return all.slice(0, PROPOSALS).map(({ weight: _weight, ...rest }) => rest);
}
