/** One connection, several desks: a call that names an opened case goes to the desk of that case. */
import type { Caller, Dispatcher } from '../../../../src-shared/contract/dispatch.ts';
import {
  clientMessage,
  envelopeOf,
  type ClientMessage,
  type HostMessage,
  type Transport,
} from '../../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

/** Cases that one connection looks at at the same time: a page looks at one. */
const BRANCHES = 8;

const gone = (): SondeError =>
  new SondeError('not-found', 'this case is no longer open', 'case', 'Go back to the desk, and open it again.');
const left = (): SondeError =>
  new SondeError('too-many', `more than ${BRANCHES} cases are looked at at once`, 'case', 'Look at it again.');

/** What one desk sees of the connection. */
class Branch implements Transport {
  private readonly line: Transport;
  /** Requests under way. */
  private readonly asked = new Set<number>();
  private take: (message: unknown) => void = () => undefined;
  private closed: () => void = () => undefined;

  constructor(line: Transport) {
    this.line = line;
  }

  get isIdle(): boolean {
    return this.asked.size === 0;
  }

  send(message: unknown): void {
    const { type, id } = message as HostMessage;
    if (type !== 'event') this.asked.delete(id);
    this.line.send(message);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.take = listener;
  }

  onClose(listener: () => void): void {
    this.closed = listener;
  }

  close(): void {
    this.line.close();
  }

  /** `message`: of a client; the desk's own branch checks it itself. */
  receive(message: unknown): void {
    this.take(message);
  }

  /** As `receive`, of a message that was checked: what is under way is known. */
  pass(message: ClientMessage): void {
    if (message.type === 'call') this.asked.add(message.id);
    else this.asked.delete(message.id);
    this.take(message);
  }

  end(): void {
    this.closed();
  }

  /** The connection goes on without it: nobody waits for an answer that never comes. */
  leave(): void {
    this.end();
    for (const id of this.asked) this.line.send({ type: 'error', id, error: envelopeOf(left(), '') });
  }
}

/** The branches of one connection, the least recently used first. */
class Branches {
  private readonly line: Transport;
  private readonly caller: Caller;
  private readonly of = new Map<Dispatcher, Branch>();

  constructor(line: Transport, caller: Caller) {
    this.line = line;
    this.caller = caller;
  }

  /** The branch to `desk`. Where there are too many, one at which nothing is under way makes room, else the oldest. */
  to(desk: Dispatcher): Branch {
    const known = this.of.get(desk);
    if (!known && this.of.size >= BRANCHES) this.makeRoom();
    const branch = known ?? new Branch(this.line);
    this.of.delete(desk);
    this.of.set(desk, branch);
    if (!known) desk.serve(branch, this.caller);
    return branch;
  }

  end(): void {
    for (const branch of this.of.values()) branch.end();
  }

  private makeRoom(): void {
    const all = [...this.of];
    const freed = all.find(([, branch]) => branch.isIdle) ?? all[0];
    if (!freed) return;
    this.of.delete(freed[0]);
    freed[1].leave();
  }
}

/** The case that a message names, and the message as the desk of that case is to see it. */
function caseOf(message: unknown): { of: string; plain: ClientMessage } | null {
  const parsed = clientMessage.safeParse(message);
  if (!parsed.success || parsed.data.in === undefined) return null;
  const { in: of, ...plain } = parsed.data;
  return { of, plain };
}

/** `caseDesk`: of a case by its id, while it is open. It refuses by itself whatever would change something in it. */
export function withCases(main: Dispatcher, caseDesk: (id: string) => Dispatcher | undefined): Dispatcher {
  const serve = (line: Transport, caller: Caller): void => {
    const own = new Branch(line);
    const branches = new Branches(line, caller);
    line.onMessage((message) => {
      const named = caseOf(message);
      if (named === null) return own.receive(message);
      const desk = caseDesk(named.of);
      if (desk) branches.to(desk).pass(named.plain);
      else if (named.plain.type === 'call')
        line.send({ type: 'error', id: named.plain.id, error: envelopeOf(gone(), '') });
    });
    line.onClose(() => {
      own.end();
      branches.end();
    });
    main.serve(own, caller);
  };
  return { serve };
}
