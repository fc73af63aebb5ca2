/** Hints that ports give. */
import type { Probe } from './inspector.ts';

/** Whether one end of the flow has one of these ports. */
export function usual(p: Probe, ports: readonly number[]): boolean {
  return ports.includes(p.respPort) || ports.includes(p.origPort);
}
