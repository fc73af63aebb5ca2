/** The contract over WebSockets: one message a text frame. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Transport } from '../../../src-shared/contract/wire.ts';
import { SOCKET_PROTOCOL, type Session } from './sessions.ts';

/** Longest message from a browser, bytes: a filter, a list of sources. */
const MESSAGE_MAX = 256 * 1024;
/** A browser that takes nothing while this much waits for it is cut off, bytes. */
const WAITING_MAX = 8 * 1024 * 1024;
/** … and of all together: beyond it, those for whom most waits are cut off. */
const ALL_WAITING_MAX = 64 * 1024 * 1024;
const MUCH = 1024 * 1024;
const CONNECTIONS_MAX = 256;
/** Time between two looks at whether the other side is still there, ms. */
const HEARTBEAT_MS = 30_000;
const CLOSE = { GOING: 1001, UNSUPPORTED: 1003, POLICY: 1008 } as const;

class SocketTransport implements Transport {
  private readonly socket: WebSocket;
  private readonly others: ReadonlySet<WebSocket>;

  constructor(socket: WebSocket, others: ReadonlySet<WebSocket>) {
    this.socket = socket;
    this.others = others;
  }

  send(message: unknown): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    if (this.behind()) return this.socket.terminate();
    this.socket.send(JSON.stringify(message));
  }

  /** Whether too much waits for a browser that takes nothing. */
  private behind(): boolean {
    const waiting = this.socket.bufferedAmount;
    if (waiting <= MUCH) return false;
    if (waiting > WAITING_MAX) return true;
    let all = 0;
    for (const { bufferedAmount } of this.others) all += bufferedAmount;
    return all > ALL_WAITING_MAX;
  }

  onMessage(listener: (message: unknown) => void): void {
    this.socket.on('message', (data: Buffer, binary) => {
      if (binary) return this.socket.close(CLOSE.UNSUPPORTED);
      let message: unknown;
      try {
        message = JSON.parse(data.toString());
      } catch {
        return this.socket.close(CLOSE.POLICY);
      }
      listener(message);
    });
  }

  onClose(listener: () => void): void {
    this.socket.once('close', () => listener());
  }

  close(): void {
    this.socket.close(CLOSE.POLICY);
  }
}

/** Takes over connections that have passed the guards. */
export class Sockets {
  private readonly server = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_MAX,
    perMessageDeflate: false,
    clientTracking: true,
    // Never the key, which is offered beside it.
    handleProtocols: (offered) => offered.has(SOCKET_PROTOCOL) && SOCKET_PROTOCOL,
  });
  private readonly alive = new WeakSet<WebSocket>();
  private readonly timer: NodeJS.Timeout;
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.timer.unref();
  }

  get full(): boolean {
    return this.server.clients.size >= CONNECTIONS_MAX;
  }

  /** `serve` is given the connection; it ends with the session. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    session: Session,
    serve: (transport: Transport) => void,
  ): void {
    this.server.handleUpgrade(request, socket, head, (client) => {
      const end = (): void => client.close(CLOSE.POLICY, 'signed out');
      session.onEnd.add(end);
      this.alive.add(client);
      client.on('pong', () => {
        this.alive.add(client);
        session.usedAt = this.now();
      });
      client.on('error', () => client.terminate());
      client.once('close', () => session.onEnd.delete(end));
      serve(new SocketTransport(client, this.server.clients));
    });
  }

  close(): void {
    clearInterval(this.timer);
    for (const client of this.server.clients) {
      client.close(CLOSE.GOING, 'the program ends');
      client.terminate();
    }
    this.server.close();
  }

  private beat(): void {
    for (const client of this.server.clients) {
      if (!this.alive.has(client)) {
        client.terminate();
        continue;
      }
      this.alive.delete(client);
      client.ping();
    }
  }
}
