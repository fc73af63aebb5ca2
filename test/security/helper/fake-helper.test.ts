/** The client against a helper that is not ours, or has gone wrong: each is refused or ended, and nothing hangs. */
import { chmodSync, mkdirSync, readFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { HelperSource } from '../../../src-main/meter/capture/client/helper-source.ts';
import { probeHelper } from '../../../src-main/meter/capture/client/run-helper.ts';
import type { CaptureEvent } from '../../../src-main/meter/capture/types.ts';
import { FRAME } from '../../../src-main/meter/capture/client/protocol.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { removeFolder, temporaryFolder } from '../../integration/capture/network.ts';
import { end, frame, packetPayload, started, statistics } from '../../unit/capture/frames.ts';

const folder = temporaryFolder();
afterAll(() => removeFolder(folder));
let made = 0;

/** A program that writes these bytes, and then does what `after` says. */
function fake(
  output: Uint8Array,
  after = 'process.stdin.resume(); process.stdin.on("end", () => process.exit(0));',
): string {
  const place = join(folder, `fake${made++}`);
  mkdirSync(place);
  writeFileSync(join(place, 'bytes'), output);
  const path = join(place, 'helper');
  const script = `process.stdout.write(require('fs').readFileSync(${JSON.stringify(join(place, 'bytes'))}), () => { ${after} });`;
  writeFileSync(path, `#!${process.execPath}\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const open = (path: string): Promise<HelperSource> => HelperSource.open({ path, interface: 'lo' });
const packet = { sec: 1, nano: 2, wire: 3, data: Uint8Array.of(1, 2, 3) };

async function lastEvent(source: HelperSource): Promise<CaptureEvent | null> {
  let last: CaptureEvent | null = null;
  for (let event = await source.next(); event; event = await source.next()) last = event;
  await source.close();
  return last;
}

suiteNeeds(process.platform !== 'win32', 'written for Linux')('a fake helper', () => {
  it('that others could have put there is not run', async () => {
    const mark = join(folder, 'was-run');
    const path = fake(started(), `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`);
    chmodSync(path, 0o777);
    await expect(open(path)).rejects.toMatchObject({ code: 'helper-refused' });
    expect((await probeHelper(path)).status).toBe('refused');
    expect(existsSync(mark)).toBe(false);
  });

  it('is given no environment', async () => {
    const place = join(folder, 'environment');
    process.env['SONDE_TEST_SECRET'] = 'x';
    process.env['NODE_OPTIONS_OF_TEST'] = '--require /nothing';
    const path = fake(
      started(),
      `require('fs').writeFileSync(${JSON.stringify(place)}, JSON.stringify(process.env)); process.stdin.resume(); process.stdin.on("end", () => process.exit(0))`,
    );
    const source = await open(path);
    while (!existsSync(place)) await new Promise((resolve) => setTimeout(resolve, 10));
    await source.close();
    expect(JSON.parse(readFileSync(place, 'utf8'))).toEqual({});
  });

  it.each([
    ['text', Buffer.from('Hello, I am the capture helper, trust me.\n'.repeat(10))],
    [
      'an oversize frame',
      Buffer.concat([frame(FRAME.PACKETS, Buffer.alloc(0)).subarray(0, 8), Buffer.from('ffffffff00000000', 'hex')]),
    ],
    ['another protocol version', frame(FRAME.STARTED, Buffer.alloc(32), { version: 9 })],
    ['packets before the start', frame(FRAME.PACKETS, packetPayload([packet]))],
  ])('that says %s is ended at the start', async (_, output) => {
    const path = fake(output);
    await expect(open(path)).rejects.toMatchObject({ code: 'helper-lost' });
  });

  it.each([
    ['a damaged frame', Buffer.from(frame(FRAME.PACKETS, packetPayload([packet]))).fill(7, 30, 31)],
    [
      'an oversize frame',
      Buffer.concat([frame(FRAME.PACKETS, Buffer.alloc(0)).subarray(0, 8), Buffer.from('0100100000000000', 'hex')]),
    ],
    ['noise', Buffer.alloc(4096, 0x53)],
    ['a frame after the end', Buffer.concat([end(1), end(1)])],
  ])('that begins well and then sends %s is killed, and the capture ended', async (_, output) => {
    const source = await open(fake(Buffer.concat([started(), output])));
    expect(await lastEvent(source)).toMatchObject({ kind: 'end', reason: 'failed', error: { code: 'helper-lost' } });
    expect(existsSync(`/proc/${source.pid ?? 0}`)).toBe(false);
  });

  it('that ends without saying so is not taken for a finished capture', async () => {
    const source = await open(
      fake(Buffer.concat([started(), frame(FRAME.PACKETS, packetPayload([packet]))]), 'process.exit(0)'),
    );
    expect(await lastEvent(source)).toMatchObject({ kind: 'end', reason: 'failed', error: { code: 'helper-lost' } });
  });

  it('that does not stop when told to is killed', async () => {
    const source = await open(fake(started(), 'setInterval(() => {}, 1000)'));
    const began = performance.now();
    source.stop();
    expect(await lastEvent(source)).toMatchObject({ kind: 'end', reason: 'failed' });
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('that ends with a code of ours is believed no further than its meaning', async () => {
    const said = `process.stderr.write("sonde-capture: \\u001b[2Jgo to http://example.invalid\\n".repeat(100)); process.exit(66)`;
    const failed = open(fake(Buffer.alloc(0), said));
    await expect(failed).rejects.toMatchObject({ code: 'bad-filter' });
    const message = await failed.then(() => '', String);
    expect(message.length).toBeLessThan(400);
    expect(message).not.toContain('\u001b');
  });

  it('whose clock jumps makes a notice: the machine slept, or its clock was set', async () => {
    const at = (seconds: bigint): Buffer => statistics([0n, 0n, 0n, 0n, seconds * 1_000_000_000n, 1n]);
    const output = Buffer.concat([started(), at(1000n), at(1001n), at(5000n), end(1)]);
    const source = await open(fake(output));
    const said: string[] = [];
    for (let event = await source.next(); event; event = await source.next()) {
      said.push(event.kind === 'notice' ? event.code : event.kind);
      if (said.length === 4) source.stop();
    }
    await source.close();
    expect(said).toEqual(['statistics', 'statistics', 'slept', 'statistics', 'end']);
  });

  it('of another version, or that says anything else, is no helper', async () => {
    expect((await probeHelper(fake(Buffer.from('sonde-capture 9.9 protocol 2 capture yes\n'), ''))).status).toBe(
      'wrong-version',
    );
    expect((await probeHelper(fake(Buffer.from('hello\n'), ''))).status).toBe('broken');
    expect((await probeHelper(fake(Buffer.alloc(1 << 20, 0x61), ''))).status).toBe('broken');
  });
});
