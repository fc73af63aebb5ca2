/** The engine's process, as a thread: gives it `process.parentPort` with Electron's shape, then runs its entry. */
import { EventEmitter } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { PortMain } from './ports.ts';

const { entry } = workerData as { entry: string };
const toParent = parentPort!;

/** Messages wait until somebody listens. */
class ParentPort extends EventEmitter {
  private started = false;

  override on(name: string, listener: (...args: unknown[]) => void): this {
    super.on(name, listener);
    if (name === 'message' && !this.started) {
      this.started = true;
      toParent.on('message', ({ message, ports }: { message: unknown; ports: MessagePort[] }) =>
        this.emit('message', { data: message, ports: ports.map((port) => new PortMain(port)) }),
      );
    }
    return this;
  }

  postMessage(message: unknown): void {
    toParent.postMessage(message);
  }
}

Object.assign(process, { parentPort: new ParentPort() });
await import(entry);
