/** What one host of ours was seen to do, as far as a role could follow from it. Everything is bounded. */
import { BoundedSet } from '../behaviours/common/bounded.ts';

/** Clients, targets and peers that are told apart; ports that are. Beyond, "at least so many" is said. */
const CLIENTS = 1024;
const PEERS = 256;
const PORTS = 1024;
const PORTS_OF_PEER = 16;

/** Services that make a role of whoever answers them. */
export const SERVICES = ['dns', 'mail', 'kerberos', 'ldap', 'proxy', 'dhcp'] as const;
export type Service = (typeof SERVICES)[number];

/** What it answered of one service. */
export class Answered {
  count = 0;
  readonly clients = new BoundedSet<number>(CLIENTS);
}

/** What it asked of one host of ours. */
export interface Asked {
  flows: number;
  heard: number;
  bytes: number;
  first: number;
  last: number;
  readonly ports: BoundedSet<number>;
}

/** What it took in of one host of ours, and gave out to it, over services that move files; bytes. */
export interface Moved {
  taken: number;
  given: number;
}

export class HostWork {
  readonly answered = new Map<Service, Answered>();
  readonly asked = new Map<number, Asked>();
  readonly moved = new Map<number, Moved>();
  /** Ports that it tried at hosts of ours. */
  readonly ports = new BoundedSet<number>(PORTS);
  triedFlows = 0;
  triedHeard = 0;
  /** Hosts outside that it turned to on the web's ports. */
  readonly outside = new BoundedSet<number>(CLIENTS);

  serve(service: Service, client: number, count = 1): void {
    let answered = this.answered.get(service);
    if (!answered) this.answered.set(service, (answered = new Answered()));
    answered.count += count;
    answered.clients.add(client);
  }

  ask(peer: number, port: number, at: number, heard: boolean, bytes: number): void {
    this.triedFlows++;
    if (heard) this.triedHeard++;
    let asked = this.asked.get(peer);
    // Most flows go where others went before: then it is in the set already.
    if (!asked?.ports.members.has(port)) this.ports.add(port);
    if (!asked) {
      if (this.asked.size >= PEERS) return;
      asked = { flows: 0, heard: 0, bytes: 0, first: at, last: at, ports: new BoundedSet(PORTS_OF_PEER) };
      this.asked.set(peer, asked);
    }
    asked.flows++;
    if (heard) asked.heard++;
    asked.bytes += bytes;
    asked.first = Math.min(asked.first, at);
    asked.last = Math.max(asked.last, at);
    asked.ports.add(port);
  }

  move(peer: number, taken: number, given: number): void {
    const moved = this.moved.get(peer);
    if (moved) {
      moved.taken += taken;
      moved.given += given;
    } else if (this.moved.size < PEERS) this.moved.set(peer, { taken, given });
  }
}
