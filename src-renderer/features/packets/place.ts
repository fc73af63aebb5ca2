/** Where the packets of a flow or an incident are shown. */
import { viewAddress } from '../../lib/place.tsx';

/** `t` is left out: a flow's packets are shown whatever time the desk is narrowed to. */
export function packetsAddress(of: { flow?: number; incident?: string }, capture?: number): string {
  const flow = of.flow === undefined ? {} : { flow: String(of.flow) };
  const incident = of.incident === undefined ? {} : { incident: of.incident };
  return viewAddress('packets', [], { ...flow, ...incident, t: '' }, capture);
}
