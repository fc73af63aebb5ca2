/** Ports between processes, over Node's own: structured clones, transfer, and silence until `start`. */
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort as NodePort } from 'node:worker_threads';

/** Electron's MessagePortMain. It hears nothing before `start`. */
export class PortMain extends EventEmitter {
  private readonly raw: NodePort;
  private started = false;
  private moved = false;

  constructor(raw: NodePort) {
    super();
    this.raw = raw;
    raw.on('close', () => {
      if (!this.moved) this.emit('close');
    });
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.raw.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  postMessage(message: unknown, transfer: PortMain[] = []): void {
    const raws = transfer.map((port) => port.transfer());
    this.raw.postMessage(message, raws);
  }

  close(): void {
    this.raw.close();
  }

  /** Takes the port out of this process, as a transfer does. */
  transfer(): NodePort {
    this.moved = true;
    this.raw.removeAllListeners();
    return this.raw;
  }
}

/** Electron's MessageChannelMain. */
export class MessageChannelMain {
  readonly port1: PortMain;
  readonly port2: PortMain;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = new PortMain(port1);
    this.port2 = new PortMain(port2);
  }
}

type Listener = (event: { data?: unknown; type: string }) => void;

/** A page's MessagePort, as Chromium has it: it is started by hand, and does not tell when its other end is gone. */
export class PagePort {
  private readonly raw: NodePort;
  private readonly listeners = new Map<string, Set<Listener>>();
  private started = false;

  constructor(raw: NodePort) {
    this.raw = raw;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, (this.listeners.get(type) ?? new Set<Listener>()).add(listener));
  }

  start(): void {
    if (this.started) return;
    this.started = true;
    this.raw.on('message', (data: unknown) => this.tell({ type: 'message', data }));
  }

  postMessage(message: unknown): void {
    this.raw.postMessage(message);
  }

  close(): void {
    this.raw.close();
  }

  private tell(event: { type: string; data?: unknown }): void {
    for (const listener of this.listeners.get(event.type) ?? []) listener(event);
  }
}
