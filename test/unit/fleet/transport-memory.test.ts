import { describe, expect, it } from 'vitest';
import { MemoryBroker, MemoryTransport } from '../../../src-main/run/fleet/transport/memory.ts';
import { promises } from './transport-promises.ts';

describe('the transport in memory', () => {
  const broker = new MemoryBroker();
  promises(() => Promise.resolve(new MemoryTransport(broker)));

  it('says so while its server is away', async () => {
    const away = new MemoryBroker();
    const transport = new MemoryTransport(away);
    await transport.publish('s', [Buffer.from('1')], 10);
    away.away = true;
    await expect(transport.publish('s', [Buffer.from('2')], 10)).rejects.toMatchObject({ code: 'connection-lost' });
    away.away = false;
    expect((await transport.ends('s')).length).toBe(1);
  });
});
