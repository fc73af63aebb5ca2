/** The port of metrics while others keep it busy. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Figures } from '../../../src-main/run/metrics/figures.ts';
import { serveMetrics, type Collect, type MetricsServer } from '../../../src-main/run/metrics/server.ts';

/** Connections that the port takes at once. */
const MOST = 16;
const SLOW = 30_000;
const FIGURES: Figures = {
  version: '1.0.0',
  startedAt: 0,
  now: 1000,
  captures: [],
  incidents: [],
  open: { info: 0, warning: 0, critical: 0 },
  channels: [],
  models: [],
};
const open: Socket[] = [];
let server: MetricsServer;
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy();
  await server.close();
});

/** Begins a request and does not end it. */
async function slow(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined).resume();
  open.push(socket);
  await once(socket, 'connect');
  socket.write(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX: `);
  return socket;
}

function status(port: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = request({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', () => resolve(0));
    asked.end();
  });
}

async function crowd(count: number, collect: Collect = () => FIGURES): Promise<Socket[]> {
  server = await serveMetrics({ port: 0, collect });
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) sockets.push(await slow(server.port));
  return sockets;
}
const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, 'close'));

describe('the port of metrics', { timeout: SLOW }, () => {
  it('answers while slow clients hold all its places; the oldest of them goes', async () => {
    const [first, second] = await crowd(MOST);
    if (!first || !second) throw new Error('nobody is connected');
    expect(await status(server.port)).toBe(200);
    await closed(first);
    expect(second.closed).toBe(false);
  });

  it('answers while they come back whenever they are dropped', async () => {
    await crowd(MOST);
    const again = (socket: Socket): void =>
      void socket.once('close', () => void slow(server.port).then(again, () => undefined));
    open.forEach(again);
    for (let i = 0; i < 20; i++) expect(await status(server.port)).toBe(200);
    for (const socket of open) socket.removeAllListeners('close');
  });

  it('keeps who is being answered', async () => {
    let answer = (): void => undefined;
    const counting = new Promise<Figures>((resolve) => (answer = () => resolve(FIGURES)));
    let asked = (): void => undefined;
    const begun = new Promise<void>((resolve) => (asked = resolve));
    await crowd(0, () => (asked(), counting));
    const waiting = status(server.port);
    await begun;
    for (let i = 0; i < 2 * MOST; i++) await slow(server.port);
    answer();
    expect(await waiting).toBe(200);
  });

  it('ends a request that takes more than ten seconds, soon after', async () => {
    const [only] = await crowd(1);
    if (!only) throw new Error('nobody is connected');
    const began = Date.now();
    const drip = setInterval(() => only.write('a'), 500);
    await closed(only).finally(() => clearInterval(drip));
    expect(Date.now() - began).toBeLessThan(15_000);
  });
});
