/** Electron's utilityProcess, with a thread in the place of the process: it dies alone, and its ports die with it. */
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { PortMain } from './ports.ts';

export class FakeUtility extends EventEmitter {
  readonly entry: string;
  readonly args: readonly string[];
  readonly options: Record<string, unknown>;
  readonly ended: Promise<number>;
  readonly stderr: NodeJS.ReadableStream;
  private readonly thread: Worker;

  constructor(entry: string, args: readonly string[], options: Record<string, unknown>) {
    super();
    this.entry = entry;
    this.args = args;
    this.options = options;
    this.thread = new Worker(new URL('engine-thread.ts', import.meta.url), {
      argv: [...args],
      workerData: { entry: pathToFileURL(entry).href },
      stdout: true,
      stderr: true,
    });
    this.stderr = this.thread.stderr;
    this.thread.on('message', (message: unknown) => this.emit('message', message));
    this.thread.on('error', () => undefined);
    this.thread.stdout.resume();
    this.ended = new Promise((resolve) => {
      this.thread.on('exit', (code) => {
        this.emit('exit', code);
        resolve(code);
      });
    });
  }

  postMessage(message: unknown, transfer: PortMain[] = []): void {
    const ports = transfer.map((port) => port.transfer());
    this.thread.postMessage({ message: structuredClone(message), ports }, ports);
  }

  kill(): boolean {
    void this.thread.terminate();
    return true;
  }

  /** Ends as a segmentation fault would. */
  async crash(): Promise<void> {
    await this.thread.terminate();
  }
}
