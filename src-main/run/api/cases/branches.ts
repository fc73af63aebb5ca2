/** One connection, several desks: a call that names an opened case goes to the desk of that case. */
import type { Caller, Dispatcher } from '../../../../src-shared/contract/dispatch.ts';
import { clientMessage, envelopeOf, type ClientMessage, type Transport } from '../../../../src-shared/contract/wire.ts';
import { SondeError } from '../../../../src-shared/errors.ts';

/** Cases that one connection looks at at the same time: a page looks at one. */
const BRANCHES = 8;

/** What one desk sees of the connection. */
class Branch implements Transport {
  private readonly line: Transport;
  private take: (message: unknown) => void = () => undefined;
  private closed: () => void = () => undefined;

  constructor(line: Transport) {
    this.line = line;
  }

  send(message: unknown): void {
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

  receive(message: unknown): void {
    this.take(message);
  }

  end(): void {
    this.closed();
  }
}

/** The case that a message names, and the message as the desk of that case is to see it. */
function caseOf(message: unknown): { of: string; plain: ClientMessage } | null {
  const parsed = clientMessage.safeParse(message);
  if (!parsed.success || parsed.data.in === undefined) return null;
  const { in: of, ...plain } = parsed.data;
  return { of, plain };
}

const gone = (): SondeError =>
  new SondeError('not-found', 'this case is no longer open', 'case', 'Go back to the desk, and open it again.');

/** `caseDesk`: of a case by its id, while it is open. It refuses by itself whatever would change something in it. */
export function withCases(main: Dispatcher, caseDesk: (id: string) => Dispatcher | undefined): Dispatcher {
  const serve = (line: Transport, caller: Caller): void => {
    const own = new Branch(line);
    const branches = new Map<Dispatcher, Branch>();
    const branchOf = (desk: Dispatcher): Branch | undefined => {
      const known = branches.get(desk);
      if (known || branches.size >= BRANCHES) return known;
      const made = new Branch(line);
      branches.set(desk, made);
      desk.serve(made, caller);
      return made;
    };
    line.onMessage((message) => {
      const named = caseOf(message);
      if (named === null) return own.receive(message);
      const desk = caseDesk(named.of);
      const branch = desk && branchOf(desk);
      if (branch) branch.receive(named.plain);
      else if (named.plain.type === 'call')
        line.send({ type: 'error', id: named.plain.id, error: envelopeOf(gone(), '') });
    });
    line.onClose(() => {
      own.end();
      for (const branch of branches.values()) branch.end();
    });
    main.serve(own, caller);
  };
  return { serve };
}
