/** Roles that hosts seem to have by what they do, and what people have decided of them. */
import { ROLES, type RoleId } from './devices.ts';

export const ROLE_IDS = ROLES.map(({ id }) => id);

/** What is said of a role on a screen; `quiet`: what is shown less severe once it is confirmed, and nothing else. */
export const ROLE_WORK: Readonly<Record<RoleId, { quiet: string; scoped: boolean }>> = {
  scanner: { quiet: 'port scans, host sweeps and fingerprinting in the networks it scans', scoped: true },
  monitoring: { quiet: 'host sweeps in the networks it watches', scoped: true },
  'dns-server': { quiet: 'asking many name servers', scoped: false },
  'mail-server': { quiet: 'delivering to many mail servers, and much mail going out', scoped: false },
  'dhcp-server': { quiet: 'a second DHCP server, once both are confirmed', scoped: false },
  backup: { quiet: 'much traffic, and what the hosts of its networks send to it', scoped: true },
  'domain-controller': { quiet: 'asking many name servers', scoped: false },
  proxy: { quiet: 'many web servers, new places and much traffic', scoped: false },
  gateway: { quiet: 'many web servers, new places and much traffic', scoped: false },
};

export const ROLE_DECISIONS = ['confirmed', 'rejected'] as const;
export type RoleDecision = (typeof ROLE_DECISIONS)[number];

/** What someone has decided: kept in the settings. */
export interface DecidedRole {
  /** An IP or a hardware address. */
  address: string;
  role: RoleId;
  decision: RoleDecision;
  /**
   * Networks (CIDR) in which it does its work; none: anywhere, or, of a role that is bound to a place, in our networks. Outside
   * of them it is as loud as anybody.
   */
  within: string[];
}

/** One thing that was counted: "answered 1,204 DNS questions of 23 hosts". */
export interface RoleEvidence {
  fact: string;
  value: number;
  unit: string;
}

/** A role that a host seems to have. */
export interface ProposedRole {
  address: string;
  role: RoleId;
  /** What speaks for it, the weightiest first. */
  evidence: RoleEvidence[];
  /** What speaks against it, or what to look at before confirming it. */
  against: string[];
  /** Networks in which it was seen at work; none where the role has no such bounds. */
  within: string[];
  /** null: nobody has decided. */
  decision: RoleDecision | null;
}

/** A network that was found in a capture. */
export interface FoundNetwork {
  /** CIDR. */
  network: string;
  /** Addresses of it that took part in conversations, and how many of them have a card of their own on our links. */
  hosts: number;
  cards: number;
  /** It counted as ours. */
  ours: boolean;
}

export const roleTitle = (id: string): string => ROLES.find((role) => role.id === id)?.title ?? id;
