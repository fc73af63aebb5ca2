/** Which protocol a flow speaks: asks the inspectors, those of the flow's ports first. */
import type { FlowContext } from './context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from './inspector.ts';

/** Inspectors by transport, and by port. */
export class Recogniser {
  private readonly tcp: Inspector[];
  private readonly udp: Inspector[];
  private readonly tcpPorts = new Map<number, Inspector[]>();
  private readonly udpPorts = new Map<number, Inspector[]>();
  readonly probe: Probe = {
    data: new Uint8Array(0),
    at: 0,
    end: 0,
    tcp: true,
    fromOrig: true,
    origPort: 0,
    respPort: 0,
    partial: false,
    fromStart: true,
    tries: 0,
  };

  constructor(inspectors: readonly Inspector[]) {
    this.tcp = inspectors.filter((i) => i.over !== 'udp');
    this.udp = inspectors.filter((i) => i.over !== 'tcp');
    for (const inspector of this.tcp) addPorts(this.tcpPorts, inspector);
    for (const inspector of this.udp) addPorts(this.udpPorts, inspector);
  }

  /**
   * Asks about the bytes set in `probe`. YES: `flow.inspector` is set. MAYBE: somebody wants more bytes.
   */
  ask(flow: FlowContext): Verdict {
    const probe = this.probe;
    if (flow.candidates) return this.askAll(flow, flow.candidates);
    const ports = probe.tcp ? this.tcpPorts : this.udpPorts;
    const hinted = ports.get(probe.respPort) ?? ports.get(probe.origPort);
    let maybe: Verdict = NO;
    if (hinted) {
      maybe = this.askAll(flow, hinted);
      if (maybe === YES) return YES;
    }
    const verdict = this.askAll(flow, probe.tcp ? this.tcp : this.udp);
    return verdict === NO ? maybe : verdict;
  }

  private askAll(flow: FlowContext, inspectors: readonly Inspector[]): Verdict {
    let verdict: Verdict = NO;
    for (const inspector of inspectors) {
      const answer = inspector.probe(this.probe);
      if (answer === NO) continue;
      if (answer === YES) {
        flow.inspector = inspector;
        return YES;
      }
      verdict = MAYBE;
    }
    return verdict;
  }
}

function addPorts(ports: Map<number, Inspector[]>, inspector: Inspector): void {
  for (const port of inspector.ports) {
    const there = ports.get(port);
    if (there) there.push(inspector);
    else ports.set(port, [inspector]);
  }
}
