/**
 * Which protocol a flow speaks: asks the inspectors, those of the flow's ports first, and of all only those whose
 * messages can begin with the first byte at hand. So a payload is shown to few of them, however long the list grows.
 */
import type { FlowContext } from './context.ts';
import { MAYBE, NO, YES, type Inspector, type Probe, type Verdict } from './inspector.ts';

/**
 * An inspector with its probe: inspectors are objects of many shapes, in which a property is searched for; of these, which
 * are all alike, it is read at once.
 */
interface Candidate {
  readonly inspector: Inspector;
  readonly probe: Inspector['probe'];
  /** By first byte whether it may be asked; null: about everything. */
  readonly starts: Uint8Array | null;
  /** Where the byte of its mark stands, and by byte whether it may be asked; 0 and null: it has none. */
  readonly markAt: number;
  readonly marked: Uint8Array | null;
}

function table(bytes: readonly number[] | undefined): Uint8Array | null {
  if (!bytes) return null;
  const found = new Uint8Array(256);
  for (const byte of bytes) found[byte] = 1;
  return found;
}

function candidate(inspector: Inspector, tcp: boolean): Candidate {
  const mark = tcp ? inspector.marks?.tcp : inspector.marks?.udp;
  const { probe, first } = inspector;
  return { inspector, probe, starts: table(first), markAt: mark?.at ?? 0, marked: table(mark?.bytes) };
}

/** The inspectors of one transport: those of a port, and by first byte those asked on any port. */
class Index {
  /** By port: the place in `lists`, 0 for none. */
  private readonly places = new Uint16Array(65_536);
  private readonly lists: Candidate[][] = [[]];
  private readonly anyPort: readonly Candidate[];
  /** By first byte, from when it is first met. */
  private readonly byFirst = new Array<readonly Candidate[] | null>(256).fill(null);

  constructor(inspectors: readonly Inspector[], tcp: boolean) {
    const candidates = inspectors.map((inspector) => candidate(inspector, tcp));
    for (const it of candidates) this.addPorts(it);
    this.anyPort = candidates.filter((c) => c.inspector.portBound !== true);
  }

  /** Those asked about messages that begin with the byte `first`, on any port. */
  free(first: number): readonly Candidate[] {
    return (this.byFirst[first] ??= this.anyPort.filter(({ starts }) => starts === null || starts[first] === 1));
  }

  /** Those to be asked first: of the responder's port, else of the originator's; none has the place 0. */
  hinted(respPort: number, origPort: number): readonly Candidate[] {
    return this.lists[this.places[respPort]! || this.places[origPort]!]!;
  }

  isUsual(port: number): boolean {
    return this.places[port] !== 0;
  }

  private addPorts(it: Candidate): void {
    for (const port of it.inspector.ports) {
      if (this.places[port] === 0) this.places[port] = this.lists.push([]) - 1;
      this.lists[this.places[port]!]!.push(it);
    }
  }
}

export class Recogniser {
  private readonly tcp: Index;
  private readonly udp: Index;
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
    other: null,
    otherEnd: 0,
  };

  constructor(inspectors: readonly Inspector[]) {
    this.tcp = new Index(
      inspectors.filter((i) => i.over !== 'udp'),
      true,
    );
    this.udp = new Index(
      inspectors.filter((i) => i.over !== 'tcp'),
      false,
    );
  }

  /** Whether the port is the usual one of any protocol. */
  owned(tcp: boolean, port: number): boolean {
    return (tcp ? this.tcp : this.udp).isUsual(port);
  }

  /**
   * Asks about the bytes set in `probe`, at least one. YES: `flow.inspector` is set. MAYBE: somebody wants more bytes.
   */
  ask(flow: FlowContext): Verdict {
    const probe = this.probe;
    if (flow.candidates) {
      const candidates = flow.candidates.map((inspector) => candidate(inspector, probe.tcp));
      return this.askAll(flow, candidates);
    }
    const index = probe.tcp ? this.tcp : this.udp;
    const first = probe.data[probe.at]!;
    const maybe = this.askHinted(flow, index.hinted(probe.respPort, probe.origPort), first);
    if (maybe === YES) return YES;
    const verdict = this.askAll(flow, index.free(first));
    return verdict === NO ? maybe : verdict;
  }

  /** As `ask`, of the inspectors of the flow's ports only. */
  askUsual(flow: FlowContext): Verdict {
    const { probe } = this;
    return this.askHinted(flow, this.usual(flow), probe.data[probe.at]!);
  }

  /** Whether a port of the flow is the usual one of any protocol. */
  hasUsual(flow: FlowContext): boolean {
    return this.usual(flow).length > 0;
  }

  private usual({ tcp, respPort, origPort }: FlowContext): readonly Candidate[] {
    return (tcp ? this.tcp : this.udp).hinted(respPort, origPort);
  }

  private askHinted(flow: FlowContext, candidates: readonly Candidate[], first: number): Verdict {
    let verdict: Verdict = NO;
    const { data, at, end } = this.probe;
    const room = end - at;
    // By index, here and below: an iterator's results are objects until the loop is compiled.
    for (let i = 0; i < candidates.length; i++) {
      const { inspector, probe, starts, markAt, marked } = candidates[i]!;
      if (starts !== null && starts[first] === 0) continue;
      if (marked !== null && (markAt >= room || marked[data[at + markAt]!] === 0)) continue;
      const answer = probe(this.probe);
      if (answer === NO) continue;
      if (answer === YES) {
        flow.inspector = inspector;
        return YES;
      }
      verdict = MAYBE;
    }
    return verdict;
  }

  private askAll(flow: FlowContext, candidates: readonly Candidate[]): Verdict {
    let verdict: Verdict = NO;
    const { data, at, end } = this.probe;
    const room = end - at;
    for (let i = 0; i < candidates.length; i++) {
      const { inspector, probe, markAt, marked } = candidates[i]!;
      if (marked !== null && (markAt >= room || marked[data[at + markAt]!] === 0)) continue;
      const answer = probe(this.probe);
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
