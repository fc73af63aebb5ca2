/**
 * A week of attacks on an office that is otherwise silent: the one in which clocks in Europe are put forward (Sunday, 29
 * March 2026, 01:00 UTC). Small enough to be read in seconds; the same bytes each time.
 */
import { attackOnly, type Generated } from './scenario.ts';

const HOUR = 3600;
/** Monday, 23 March 2026, 00:00 UTC. */
export const WEEK_START = Date.UTC(2026, 2, 23) / 1000;

/** What begins when: days since Monday, hours UTC. */
const ATTACKS: readonly [kind: string, day: number, hour: number][] = [
  ['policy-violation/ftp', 0, 21],
  ['brute-force/ssh', 1, 10],
  ['port-scan/syn', 2, 1.5],
  ['dns-tunnel/txt', 3, 14],
  ['command-and-control/https', 4, 3],
  ['port-scan/syn-outside', 4, 22.5],
  ['brute-force/ftp', 5, 23],
  ['brute-force/rdp', 6, 0.5],
  ['host-sweep/tcp', 6, 1.5],
  ['policy-violation/telnet', 6, 12],
];

export function attackedWeek(): Generated {
  const attacks = ATTACKS.map(([kind, day, hour]) => ({ kind, at: (day * 24 + hour) * HOUR }));
  return attackOnly({ seed: 11, hours: 168, startSeconds: WEEK_START, attacks, labels: false });
}
