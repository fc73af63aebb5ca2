import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorityOf } from '../../../src-main/keep/alerts/http/authority.ts';
import { suiteNeeds } from '../../setup/skip.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-authority-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const going = (): AbortSignal => new AbortController().signal;
const failure = (path: string, signal = going()): Promise<unknown> =>
  authorityOf(path, signal).catch((error: unknown) => error);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the file of an authority', () => {
  it('is read whole, up to 1 MiB', async () => {
    expect(await authorityOf('', going())).toBeUndefined();
    expect(await authorityOf(file('ca.pem', PEM), going())).toBe(PEM);
    const most = PEM.padEnd(1024 * 1024, '\n');
    expect(await authorityOf(file('most.pem', most), going())).toBe(most);
    expect(await failure(file('long.pem', `${most}\n`))).toMatchObject({
      retry: false,
      message: expect.stringContaining('longer than 1 MiB'),
    });
    expect(await failure(file('none.pem', 'hello'))).toMatchObject({
      message: expect.stringContaining('no certificate'),
    });
    expect(await failure(folder)).toMatchObject({ message: expect.stringContaining('no regular file') });
  });

  it('is not read when nobody waits for it any more', async () => {
    expect(await failure(file('ca.pem', PEM), AbortSignal.abort())).toMatchObject({ name: 'DeliveryError' });
  });
});

suiteNeeds(process.platform === 'linux', 'written for Linux')('what is no file', () => {
  it.each(['fifo', 'link to it', '/dev/zero', '/dev/tty'])('%s is refused at once', async (name) => {
    const fifo = join(folder, 'fifo');
    if (name === 'fifo') execFileSync('mkfifo', [fifo]);
    if (name === 'link to it') symlinkSync(fifo, join(folder, name));
    const path = name.startsWith('/') ? name : join(folder, name);
    const late = new Promise((done) => setTimeout(() => done('it hangs'), 3000));
    expect(await Promise.race([failure(path), late])).toMatchObject({
      retry: false,
      message: expect.stringContaining('no regular file'),
    });
  });
});
