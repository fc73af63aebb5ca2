import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Served } from './browser.ts';

it('lets people in although somebody holds many connections open', async () => {
  const s = await Served.start();
  const held: Socket[] = [];
  try {
    const socket = await s.socket({ origin: s.origin, cookie: await s.cookie() });
    for (let i = 0; i < 600; i++) {
      const one = connect(s.server.port, '127.0.0.1');
      one.on('error', () => undefined);
      held.push(one);
    }
    const over = (): number => held.filter((one) => one.closed || one.destroyed).length;
    await expect.poll(over, { timeout: 5000 }).toBeGreaterThan(300);
    expect((await s.ask('GET', '/')).status).toBe(200);
    const another = await s.socket({ origin: s.origin, cookie: await s.cookie() });
    // Who was signed in before is not thrown out.
    expect(socket.readyState).toBe(socket.OPEN);
    socket.terminate();
    another.terminate();
  } finally {
    for (const one of held) one.destroy();
    await s.stop();
  }
});
