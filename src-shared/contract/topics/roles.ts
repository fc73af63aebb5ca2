/** Roles that hosts seem to have by what they do, confirmed or rejected; and the networks that were found. */
import { ROLE_DECISIONS, ROLE_IDS } from '../../domain/roles.ts';
import { command, query } from '../define.ts';
import { z } from '../schema.ts';
import { address, captureId, count, nothing } from './common.ts';

const decision = z.enum(ROLE_DECISIONS);
const within = z.array(z.string());

export const proposedRole = z.object({
  address,
  role: z.enum(ROLE_IDS),
  /** What the host is called, '' where nothing is known. */
  name: z.string(),
  evidence: z.array(z.object({ fact: z.string(), value: z.number(), unit: z.string() })),
  /** What speaks against it, or is to be looked at before. */
  against: z.array(z.string()),
  /** Networks in which it does its work; none: anywhere. */
  within,
  /** null: nobody has decided. */
  decision: decision.nullable(),
});
export type ProposedRoleShown = z.infer<typeof proposedRole>;

export const foundNetwork = z.object({
  network: z.string(),
  hosts: count,
  /** Addresses of it whose cards were seen on our own links. */
  cards: count,
  /** It counted as ours when the capture was read, and counts by the settings of now. */
  ours: z.boolean(),
  oursNow: z.boolean(),
});

export const roles = {
  list: query(
    z.strictObject({ capture: captureId }),
    z.object({
      /** null: nobody has looked yet, as while a capture is being read. */
      proposed: z.array(proposedRole).nullable(),
      /** Decided before, of hosts that do not seem so in this capture. */
      others: z.array(z.object({ address, role: z.enum(ROLE_IDS), decision, within })),
      networks: z.array(foundNetwork),
      /** Networks that the settings name; none: the private ones are ours. */
      named: z.array(z.string()),
    }),
  ),
  /** Of a proposal of the capture; null takes a decision back, of whatever capture it was. */
  decide: command(
    z.strictObject({ capture: captureId, address, role: z.enum(ROLE_IDS), decision: decision.nullable() }),
    nothing,
  ),
  /** Adds a network that was found to those that are ours. */
  addNetwork: command(
    z.strictObject({ capture: captureId, network: z.string().min(1).max(64) }),
    z.object({ networks: z.array(z.string()) }),
  ),
} as const;
