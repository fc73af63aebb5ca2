/**
 * Devices made for one task that do what none of their kind does: a lamp that scans is one step more severe than a
 * computer that does, and the reason stands first in the evidence. What someone has said the device is for counts
 * before: its normal work is not raised.
 */
import { deviceTitle, isNarrow } from '../../../src-shared/domain/device-kinds.ts';
import { SEVERITIES, type IncidentKind } from '../../../src-shared/domain/incident.ts';
import type { DeviceView } from '../types.ts';
import type { BuiltIncident } from './build.ts';

/** What no camera, printer, speaker, lamp or desk phone does by itself, and what of it is counted. */
const LOUD: ReadonlyMap<IncidentKind, string> = new Map<IncidentKind, string>([
  ['port-scan', 'tries ports'],
  ['host-sweep', 'looks for hosts'],
  ['fingerprinting', 'examines other machines'],
  ['brute-force', 'guesses passwords'],
  ['credential-stuffing', 'guesses passwords'],
  ['lateral-movement', 'controls other machines'],
  ['intrusion-attempt', 'attacks services'],
  ['dos-flood', 'floods others'],
  ['ddos', 'floods others'],
  ['slow-dos', 'holds connections of others'],
  ['mass-registration', 'registers accounts'],
]);
/** Found by its own narrow profile, whatever the kind. */
const BY_PROFILE = 'behaviour:device-reach';
/** Voice assistants ask by ARP for every address of their network: that alone is no sign. */
const ORDINARY = 'behaviour:arp-sweep';

function isLoud({ kind, detectors }: BuiltIncident['incident']): boolean {
  const named = Object.keys(detectors).filter((id) => id.startsWith('behaviour:'));
  if (named.length === 1 && named[0] === ORDINARY) return false;
  return LOUD.has(kind) || named.includes(BY_PROFILE);
}

/** Raises the severity by one step where every source is such a device; whether it did, or said why it could not. */
export function raiseLoud(built: BuiltIncident, devices: DeviceView): boolean {
  const { incident, sourceHosts } = built;
  if (!isLoud(incident) || sourceHosts.length === 0 || incident.sourcesTotal > sourceHosts.length) return false;
  if (!sourceHosts.every((host) => isNarrow(devices.deviceOf(host)))) return false;
  const lead = sourceHosts[0]!;
  const { kind, why } = devices.deviceOf(lead);
  const usual = devices.profileOf(lead)?.usualPeers ?? null;
  const next = SEVERITIES[SEVERITIES.indexOf(incident.severity) + 1];
  const raised = next === undefined ? '' : `Raised from ${incident.severity} to ${next}: `;
  const what = `${incident.sources[0]} is taken for a device of the kind “${deviceTitle(kind)}” (${why[0] ?? 'by its traffic'})`;
  const does = LOUD.get(incident.kind) ?? 'turns to new places like this';
  const places = usual === null ? '' : `; places it had turned to in its first half hour: ${usual}`;
  incident.evidence.unshift({
    fact: `${raised}${what}, and none of these ${does} by itself${places}`,
    value: Math.max(1, incident.targetsTotal),
    expected: usual,
    unit: incident.targetsTotal === 1 ? 'host' : 'hosts',
  });
  if (next !== undefined) incident.severity = next;
  return true;
}
