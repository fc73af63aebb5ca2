import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../../src-main/keep/alerts/channels/command.ts';
import { desktop, showNoticesBy, type DesktopNotice } from '../../../src-main/keep/alerts/channels/desktop.ts';
import type { ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { ALERT, nasty, within } from '../../unit/alerts/channels-example.ts';

suiteNeeds(process.platform === 'linux', 'written for Linux')('a program that is run for an alert', () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'sonde-program-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function script(name: string, text: string, mode = 0o755): string {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  }
  const send = (program: string, more: ChannelSettings = {}, ms = 10_000): Promise<{ words: string }> =>
    command.send(ALERT, { allowCommand: true, program, ...more }, within(ms));
  const failure = (...given: Parameters<typeof send>): Promise<unknown> =>
    send(...given).catch((error: unknown) => error);

  it('gets the alert on its input, its arguments as they stand, and nothing of our environment', async () => {
    const out = join(folder, 'out');
    const program = script('keep', `cat > "$1"; env > "$1.env"; printf '%s\\n' "$@" > "$1.args"; pwd; echo kept`);
    const args = [out, '$(id)', '; rm -rf /', '{{title}}', ''];
    process.env['SONDE_TEST_SECRET'] = 'env-secret';
    const { words } = await send(program, { arguments: args }).finally(() => delete process.env['SONDE_TEST_SECRET']);
    expect(words).toBe('ended with code 0: / kept');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(JSON.parse(JSON.stringify(ALERT)));
    expect(readFileSync(`${out}.args`, 'utf8')).toBe(`${out}\n$(id)\n; rm -rf /\n{{title}}\n`);
    const environment = readFileSync(`${out}.env`, 'utf8');
    expect(environment).not.toContain('env-secret');
    const names = new Set(
      environment
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0]),
    );
    // PWD and _ are the shell's own.
    names.delete('_');
    expect(names).toEqual(new Set(['LANG', 'PATH', 'PWD']));
  });

  it('may leave its input unread, and print without end', async () => {
    expect(await send(script('quiet', 'exit 0'))).toEqual({ words: 'ended with code 0' });
    const { words } = await send(script('loud', 'head -c 3000000 /dev/zero | tr "\\0" x'));
    expect(words).toHaveLength(500);
  });

  it('has failed where its code is not 0, and what it said is told', async () => {
    expect(await failure(script('sad', 'echo "no \\033[31mway" >&2; exit 3'))).toMatchObject({
      retry: true,
      message: expect.stringMatching(/^ended with code 3: no/),
    });
    expect(await failure(script('shot', 'kill -TERM $$'))).toMatchObject({ message: 'was ended by a signal' });
  });

  it('is ended with all of its group when its time is over', async () => {
    const alive = join(folder, 'alive');
    const program = script('slow', `(sleep 2; touch "${alive}") & sleep 30`);
    const began = Date.now();
    expect(await failure(program, { timeout: 1 })).toMatchObject({
      retry: true,
      message: expect.stringContaining('too long'),
    });
    expect(await failure(program, {}, 300)).toMatchObject({ retry: true });
    expect(Date.now() - began).toBeLessThan(5000);
    await new Promise((done) => setTimeout(done, 2500));
    expect(() => readFileSync(alive)).toThrow('ENOENT');
  });

  it('is not run from a folder in which everybody could put another, by whatever way it is named', async () => {
    const ran = join(folder, 'ran-anyway');
    const inner = join(folder, 'wide', 'inner');
    mkdirSync(inner, { recursive: true });
    const program = script('wide/inner/do', `touch "${ran}"`);
    symlinkSync(program, join(folder, 'link'));
    const refused = { retry: false, message: expect.stringContaining(`chmod o-w ${join(folder, 'wide')}`) };
    chmodSync(join(folder, 'wide'), 0o777);
    expect(await failure(program)).toMatchObject(refused);
    expect(await failure(join(folder, 'link'))).toMatchObject(refused);
    // A link that others could turn round.
    symlinkSync(script('kept-well', 'exit 0'), join(folder, 'wide', 'away'));
    expect(await failure(join(folder, 'wide', 'away'))).toMatchObject(refused);
    expect(() => readFileSync(ran)).toThrow('ENOENT');
    // As /tmp is: nobody may remove there what is another's.
    chmodSync(join(folder, 'wide'), 0o1777);
    expect(await send(program)).toEqual({ words: 'ended with code 0' });
    expect(readFileSync(ran, 'utf8')).toBe('');
  });

  it('is not waited for where it left something behind', async () => {
    const began = Date.now();
    expect(await send(script('daemon', 'sleep 8 & echo gone'))).toEqual({ words: 'ended with code 0: gone' });
    expect(Date.now() - began).toBeLessThan(5000);
  });

  it('is not run without leave, nor where it is not there, is no program, or anybody could change it', async () => {
    const program = script('fine', `touch "${join(folder, 'ran')}"`);
    expect(await failure(program, { allowCommand: false })).toMatchObject({ retry: false });
    const long = { arguments: Array.from({ length: 60 }, () => 'x'.repeat(120_000)) };
    expect(await failure(program, long)).toMatchObject({ name: 'DeliveryError', retry: false });
    expect(await failure(join(folder, 'none'))).toMatchObject({
      retry: false,
      message: expect.stringContaining('not there'),
    });
    expect(await failure(script('plain', 'exit 0', 0o644))).toMatchObject({ retry: false });
    expect(await failure(script('open', 'exit 0', 0o777))).toMatchObject({
      retry: false,
      message: expect.stringContaining('everybody'),
    });
    expect(() => readFileSync(join(folder, 'ran'))).toThrow('ENOENT');
  });
});

describe('a notification', () => {
  const session = ['DBUS_SESSION_BUS_ADDRESS', 'DISPLAY', 'WAYLAND_DISPLAY'];
  const kept = new Map(session.map((name) => [name, process.env[name]]));
  afterEach(() => {
    showNoticesBy(null);
    for (const [name, value] of kept) if (value !== undefined) process.env[name] = value;
  });

  it('is shown by the window where it runs', async () => {
    const shown: DesktopNotice[] = [];
    showNoticesBy((notice) => shown.push(notice) > 0);
    expect(await desktop.send(ALERT, {}, within())).toEqual({ words: 'handed to the desktop' });
    await desktop.send(nasty(), {}, within());
    expect(shown[0]).toEqual({
      key: ALERT.key,
      title: 'Critical: Password guessing against 10.0.0.5',
      body: 'Nine logins failed within ten seconds.\nFrom: 203.0.113.9',
      severity: 'critical',
      incident: ALERT.incident?.uid,
    });
    expect(shown[1]?.title.length).toBeLessThanOrEqual(120);
    expect(shown[1]?.body.length).toBeLessThanOrEqual(400);
  });

  it('is left to the system where no page is open that could show it', async () => {
    for (const name of session) delete process.env[name];
    showNoticesBy(() => false);
    await expect(desktop.send(ALERT, {}, within())).rejects.toThrow('there is no desktop here');
  });

  it('is tried again where the window could not', async () => {
    showNoticesBy(() => Promise.reject(new Error('busy')));
    await expect(desktop.send(ALERT, {}, within())).rejects.toMatchObject({ retry: true });
  });

  it('is given up where there is no desktop', async () => {
    for (const name of session) delete process.env[name];
    await expect(desktop.send(ALERT, {}, within())).rejects.toMatchObject({
      retry: false,
      message: 'there is no desktop here that could show a notification',
    });
  });
});
