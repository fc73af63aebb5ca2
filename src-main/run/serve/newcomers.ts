/** Connections of which nobody is known yet: when they are too many, the oldest makes way, so that none keeps others out. */
import type { Socket } from 'node:net';

export class Newcomers {
  private readonly most: number;
  private readonly sockets = new Set<Socket>();

  constructor(most: number) {
    this.most = most;
  }

  add(socket: Socket): void {
    if (this.sockets.size >= this.most) this.drop();
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
  }

  /** Somebody who is signed in uses it. */
  known(socket: Socket): void {
    this.sockets.delete(socket);
  }

  private drop(): void {
    const [oldest] = this.sockets;
    if (!oldest) return;
    this.sockets.delete(oldest);
    oldest.destroy();
  }
}
