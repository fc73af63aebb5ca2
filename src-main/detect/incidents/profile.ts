/** Which kind of network a capture shows, and what is usual to expect there. */
import type { Environment } from '../../../src-shared/domain/environment.ts';

/** What of a capture tells environments apart. */
export interface NetworkFacts {
  /** Hosts of ours that spoke with another. */
  ours: number;
  /** Those of them that answered others. */
  servers: number;
  /** Hosts of ours that answered Kerberos or LDAP: directories of an organisation. */
  directories: number;
  /** Hosts of ours that answered SMB. */
  fileServers: number;
  /** Subnets (/24 of IPv4, /64 of IPv6) that at least two of ours are in. */
  subnets: number;
  /** How many of them are devices of homes, and of work; absent where they are too many for a home anyway. */
  mix?: { home: number; work: number };
}

export interface Profile {
  name: Environment;
  reason: string;
}

/**
 * A home has a router, a dozen or two of devices and no directory. From 250 machines on, or with several directory
 * servers and a hundred machines, somebody runs the network for a living. Between them lies the office.
 */
const HOME_HOSTS = 20;
/** A house full of lamps has more: as long as devices of homes are a third of all and more than those of work. */
export const HOUSE_HOSTS = 60;
const HOUSE_SHARE = 1 / 3;
const ENTERPRISE_HOSTS = 250;
const SITE_HOSTS = 100;
const SITE_DIRECTORIES = 2;
/** A home has its own subnet and perhaps one for guests; a site with so many of them has somebody who plans them. */
const HOME_SUBNETS = 2;
const SITE_SUBNETS = 10;

const many = (n: number, one: string, more = `${one}s`): string =>
  `${n.toLocaleString('en-US')} ${n === 1 ? one : more}`;

function describe({ ours, servers, directories, fileServers, subnets, mix }: NetworkFacts): string {
  const parts = [
    `${many(ours, 'host of yours', 'hosts of yours')}${subnets > 1 ? ` in ${many(subnets, 'subnet')}` : ''}`,
    many(servers, 'of them answers others', 'of them answer others'),
    directories > 0 ? `${many(directories, 'directory server')} (Kerberos or LDAP)` : 'no directory server',
    fileServers > 0 ? many(fileServers, 'file server') : 'no file server',
    ...(mix && mix.home > 0
      ? [`${many(mix.home, 'device')} of homes (lamps, speakers, TVs, consoles) beside ${mix.work} of work`]
      : []),
  ];
  return parts.join(', ');
}

function isHouse({ ours, mix }: NetworkFacts): boolean {
  return mix !== undefined && ours <= HOUSE_HOSTS && mix.home >= ours * HOUSE_SHARE && mix.home > mix.work;
}

function recognised(facts: NetworkFacts): Environment {
  const { ours, directories, subnets } = facts;
  const planned = directories >= SITE_DIRECTORIES || subnets >= SITE_SUBNETS;
  if (ours >= ENTERPRISE_HOSTS || (planned && ours >= SITE_HOSTS)) return 'enterprise';
  const large = (ours > HOME_HOSTS && !isHouse(facts)) || subnets > HOME_SUBNETS;
  return large || directories > 0 || ours === 0 ? 'office' : 'home';
}

/** `chosen`: what someone said it is; undefined: to be recognised. */
export function profileOf(facts: NetworkFacts, chosen?: Environment): Profile {
  if (chosen !== undefined) return { name: chosen, reason: 'Chosen by you.' };
  const name = recognised(facts);
  const seen = describe(facts);
  if (facts.ours === 0)
    return { name, reason: 'No host of your networks spoke with another, so nothing tells: the middle was taken.' };
  return { name, reason: `Recognised by what the capture shows: ${seen}.` };
}
