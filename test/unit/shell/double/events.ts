/** Events as Electron emits them. */
import { EventEmitter } from 'node:events';

export interface PreventableEvent {
  readonly defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable<T extends object>(more: T = {} as T): PreventableEvent & T {
  let prevented = false;
  return {
    ...more,
    get defaultPrevented() {
      return prevented;
    },
    preventDefault: () => {
      prevented = true;
    },
  };
}

/** Emits an event with a first argument that can be prevented; whether somebody did. */
export function prevented(emitter: EventEmitter, name: string, more: object = {}, ...rest: unknown[]): boolean {
  const event = preventable(more);
  emitter.emit(name, event, ...rest);
  return event.defaultPrevented;
}
