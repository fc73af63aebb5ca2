/** IPC between a page's preload script and the main process, with what Electron does to values and errors on the way. */
import { EventEmitter } from 'node:events';
import type { FakeFrame } from './contents.ts';
import { preventable } from './events.ts';
import { PagePort, type PortMain } from './ports.ts';

type Handler = (event: unknown, ...args: unknown[]) => unknown;

/** As Electron: arguments are structured clones; of what a handler throws, only the text reaches the page. */
export class IpcMain extends EventEmitter {
  private readonly handlers = new Map<string, Handler>();

  handle(channel: string, handler: Handler): void {
    if (this.handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    this.handlers.set(channel, handler);
  }

  channels(): string[] {
    return [...this.handlers.keys(), ...this.eventNames().map(String)].sort();
  }

  /** What `ipcRenderer.invoke` of a frame does. */
  async invoke(frame: FakeFrame | null, channel: string, ...args: unknown[]): Promise<unknown> {
    const given = structuredClone(args);
    const fail = (text: unknown): never => {
      throw new Error(`Error invoking remote method '${channel}': ${String(text)}`);
    };
    const handler = this.handlers.get(channel);
    if (!handler) return fail(`Error: No handler registered for '${channel}'`);
    const event = preventable({ senderFrame: frame, sender: frame?.contents ?? null, frameId: 1, processId: 1 });
    try {
      return structuredClone(await handler(event, ...given));
    } catch (error) {
      return fail(error);
    }
  }

  /** What `ipcRenderer.send` of a frame does. */
  send(frame: FakeFrame | null, channel: string, ...args: unknown[]): void {
    const given = structuredClone(args);
    this.emit(channel, preventable({ senderFrame: frame, sender: frame?.contents ?? null, ports: [] }), ...given);
  }
}

/** `ipcRenderer` of one frame's preload script. */
export class IpcRenderer extends EventEmitter {
  private readonly main: IpcMain;
  private readonly frame: FakeFrame;

  constructor(main: IpcMain, frame: FakeFrame) {
    super();
    this.main = main;
    this.frame = frame;
  }

  invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    return this.main.invoke(this.frame, channel, ...args);
  }

  send(channel: string, ...args: unknown[]): void {
    const given = structuredClone(args);
    queueMicrotask(() => this.main.send(this.frame, channel, ...given));
  }

  /** From the main process. */
  receive(channel: string, args: unknown[], ports: PortMain[] = []): void {
    const given = structuredClone(args);
    const moved = ports.map((port) => new PagePort(port.transfer()));
    setImmediate(() => this.emit(channel, preventable({ ports: moved }), ...given));
  }
}
