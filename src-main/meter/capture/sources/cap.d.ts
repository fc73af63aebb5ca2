/** What of the `cap` package (0.2.1, which has no declarations) is used. */
declare module 'cap' {
  import type { EventEmitter } from 'node:events';

  interface CapAddress {
    addr?: string;
  }
  interface CapDevice {
    name: string;
    description?: string;
    flags?: string;
    addresses: CapAddress[];
  }
  class Cap extends EventEmitter {
    /** Gives the link type's name. Keeps no reference to `buffer`, which it writes each packet into. */
    open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
    close(): void;
    setMinBytes?(bytes: number): void;
    static deviceList(): CapDevice[];
  }
  const exported: { Cap: typeof Cap };
  export default exported;
}
