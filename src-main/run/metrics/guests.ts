/** Who is connected to the metrics' port. Whoever is slow makes room for who comes next, not the other way round. */
import type { Socket } from 'node:net';

export class Guests {
  /** The one that has been without a whole request for longest stands first. */
  private readonly idle = new Set<Socket>();
  private readonly served = new Set<Socket>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** A new connection; where there are too many, the oldest that is not being served goes. */
  came(socket: Socket): void {
    this.idle.add(socket);
    socket.once('close', () => {
      this.idle.delete(socket);
      this.served.delete(socket);
    });
    if (this.idle.size + this.served.size <= this.most) return;
    // Where all others are being served, this is the newcomer.
    const [oldest] = this.idle;
    if (!oldest) return;
    this.idle.delete(oldest);
    oldest.destroy();
  }

  /** While its whole request is being answered, it stays; then it stands last. */
  async serving(socket: Socket, answer: () => Promise<void>): Promise<void> {
    if (this.idle.delete(socket)) this.served.add(socket);
    try {
      await answer();
    } finally {
      if (this.served.delete(socket)) this.idle.add(socket);
    }
  }
}
