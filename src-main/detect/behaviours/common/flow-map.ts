/** Bounded entries that gather flow ids: what one of them took of the shared room comes back when it goes. */
import { BoundedMap, type BoundedMapOptions } from './bounded.ts';
import { type FlowIds, FlowRoom } from './flow-ids.ts';

interface Gatherer {
  readonly flows: FlowIds;
}

export class FlowMap<K, V extends Gatherer> extends BoundedMap<K, V> {
  private readonly room: FlowRoom;

  /** `room`: to be shared with other maps of the same behaviour. */
  constructor(options: Omit<BoundedMapOptions<K, V>, 'dropped'>, room = new FlowRoom()) {
    super({ ...options, dropped: (_, { flows }) => flows.release() });
    this.room = room;
  }

  override set(key: K, value: V, now: number): void {
    super.set(key, value, now);
    value.flows.share(this.room);
  }

  override delete(key: K): boolean {
    this.peek(key)?.flows.release();
    return super.delete(key);
  }
}
