/** The shell as a whole: page, preload, main process, engine and database, over the double of Electron. */
import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resourcePath } from '../../../src-main/run/paths.ts';
import type { DeskClient } from '../../../src-shared/contract/index.ts';
import type { SondeError } from '../../../src-shared/errors.ts';
import { shortSample } from '../../setup/short-sample.ts';
import { exportCase, fillForCases } from '../api/case-file.ts';
import { followed, runDesktop, until, type Running } from './double/desktop.ts';

const SAMPLE = resourcePath('sample', 'office-hour.pcapng.gz');
const SHORT = gzipSync(readFileSync(shortSample()));
const GO = 'sonde:go';

interface Answered {
  ok: boolean;
  value?: unknown;
  error?: { code: string; message: string; cure: string };
}

async function failure(promise: Promise<unknown>): Promise<SondeError> {
  try {
    await promise;
  } catch (error) {
    return error as SondeError;
  }
  throw new Error('it did not fail');
}

describe('the desk in a window', () => {
  let running: Running;
  let client: DeskClient;
  let capture: number;
  let own: string;
  const ask = (name: string, ...args: unknown[]): Promise<Answered> =>
    running.shell()[name]!(...args) as Promise<Answered>;

  beforeAll(async () => {
    running = await runDesktop();
    client = await running.connect();
    own = join(running.folder, 'my.pcapng.gz');
    writeFileSync(own, SHORT);
  });
  afterAll(() => running.stop());

  it('says that it is the desktop and takes paths', async () => {
    expect(await client.app.session({})).toMatchObject({ role: 'admin', host: 'desktop', paths: true, kept: true });
  });

  it('opens the sample and lists its incidents', async () => {
    const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
    const end = await followed(client, job);
    expect(end).toMatchObject({ stage: 'done', error: null });
    capture = end.capture!;
    const { rows } = await client.incidents.list({ capture });
    expect(rows.length).toBeGreaterThan(3);
    expect(rows[0]!.severity).toBe('critical');
    expect(existsSync(join(running.folder, 'data', 'sonde', 'desk.db'))).toBe(true);
  });

  it('shows the import in the tray and on the window while it runs, and not after it', async () => {
    const [tray] = running.double.trays;
    expect(tray?.tip).toMatch(/^Sonde reads Sample: an hour in a small office/);
    await until(() => tray?.destroyed, 'the end of the tray');
    expect(running.double.windows[0]!.progress).toBe(-1);
  });

  it('notifies of what was found while nobody looked; a click goes to the incident', async () => {
    const notice = await until(() => running.double.notifications[0], 'the notification');
    expect(notice.options.title).toMatch(/^Sample: an hour in a small office: \d+ incidents$/);
    expect(notice.options.body).toMatch(/^Critical: .+ And \d+ others\.$/);
    notice.emit('click');
    expect(running.told(GO).at(-1)).toMatchObject({ place: expect.stringMatching(`^/c/${capture}/incidents/`) });
    expect(running.double.windows[0]!.focused).toBe(true);
  });

  it('shows alerts of the desktop channel; a click brings the desk to the front', async () => {
    const before = running.double.notifications.length;
    const draft = { name: 'Screen', kind: 'desktop' };
    expect(await client.alerts.test({ draft })).toMatchObject({ ok: true, words: 'handed to the desktop' });
    const notice = await until(() => running.double.notifications[before], 'the notification');
    expect(notice.options.title).not.toBe('');
    const told = running.told(GO).length;
    notice.emit('click');
    expect(running.told(GO)).toHaveLength(told);
  });

  it('opens the incident of an alert by a click on its notification', { timeout: 120_000 }, async () => {
    const before = running.double.notifications.length;
    await client.alerts.setChannel({ name: 'Screen', kind: 'desktop' });
    await client.live.start({ kind: 'file', file: { kind: 'sample' }, speed: 'max' });
    const notice = await until(() => running.double.notifications[before], 'the notification', 90_000);
    expect(notice.options.title).toMatch(/^(Critical|Warning): /);
    notice.emit('click');
    const told = running.told(GO).at(-1) as { place: string };
    const [, held, uid] = /^\/c\/(\d+)\/incidents\/(.+)$/.exec(told.place) ?? [];
    const { incident } = await client.incidents.get({ capture: Number(held), uid: decodeURIComponent(uid ?? '') });
    expect(notice.options.title).toContain(incident.title);
    expect(running.double.windows[0]!.focused).toBe(true);
    await client.live.stop({ keep: false });
    await client.alerts.removeChannel({ id: 'screen' });
  });

  it('reads the files that the user chose, and no others', async () => {
    const refused = await failure(client.captures.import({ sources: [{ kind: 'path', path: own }] }));
    expect(refused).toMatchObject({ code: 'not-allowed', where: own });
    running.double.answers.open.push({ canceled: false, filePaths: [own] });
    expect(await ask('openFiles')).toEqual({ ok: true, value: [own] });
    const { job } = await client.captures.import({ sources: [{ kind: 'path', path: own }] });
    expect(await followed(client, job)).toMatchObject({ stage: 'done', name: 'my.pcapng.gz' });
    expect(running.double.app.recent).toEqual([own]);
  });

  it('reads the files that the user dropped, by their paths', async () => {
    const dropped = join(running.folder, 'dropped.pcapng.gz');
    linkSync(own, dropped);
    const [file, made] = [new File([], 'dropped.pcapng.gz'), new File(['x'], 'made by a script')];
    running.double.windows[0]!.webContents.files.set(file, dropped);
    expect(await ask('pathsOf', [file, made])).toEqual({ ok: true, value: [dropped] });
    const { job } = await client.captures.import({ sources: [{ kind: 'path', path: dropped }] });
    expect(await followed(client, job)).toMatchObject({ stage: 'done' });
  });

  it('saves what was exported where the user wants it, once', async () => {
    const { download, name } = await client.exports.flows({ capture, format: 'csv' });
    const to = join(running.folder, 'flows.csv');
    expect(await ask('save', download, name)).toEqual({ ok: true, value: null });
    running.double.answers.save.push({ canceled: false, filePath: to }, { canceled: false, filePath: to });
    expect(await ask('save', download, name)).toEqual({ ok: true, value: to });
    expect(readFileSync(to, 'utf8').split('\n').length).toBeGreaterThan(100);
    expect(await ask('save', download, name)).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('never writes over a capture that was read, by whatever name', async () => {
    const before = readFileSync(own);
    const alias = join(running.folder, 'alias.csv');
    linkSync(own, alias);
    const { download, name } = await client.exports.flows({ capture, format: 'csv' });
    for (const filePath of [own, alias]) {
      running.double.answers.save.push({ canceled: false, filePath });
      expect(await ask('save', download, name)).toMatchObject({ ok: false, error: { code: 'not-allowed' } });
      running.double.answers.save.push({ canceled: false, filePath });
      expect(await ask('printToPdf', 'page.pdf')).toMatchObject({ ok: false, error: { code: 'not-allowed' } });
    }
    expect(readFileSync(own).equals(before)).toBe(true);
    // Refused, not lost: it can still be saved elsewhere.
    running.double.answers.save.push({ canceled: false, filePath: join(running.folder, 'second.csv') });
    expect(await ask('save', download, name)).toMatchObject({ ok: true });
  });

  it('keeps the page as a PDF', async () => {
    const filePath = join(running.folder, 'page.pdf');
    running.double.answers.save.push({ canceled: false, filePath });
    expect(await ask('printToPdf', 'page.pdf')).toEqual({ ok: true, value: filePath });
    expect(readFileSync(filePath, 'utf8')).toMatch(/^%PDF/);
  });

  it('keeps secrets that no page can read back', async () => {
    expect(await ask('hasSecret', 'smtp')).toEqual({ ok: true, value: false });
    expect(await ask('setSecret', 'smtp', 'correct horse')).toEqual({ ok: true, value: null });
    expect(await ask('hasSecret', 'smtp')).toEqual({ ok: true, value: true });
    expect(readFileSync(join(running.folder, 'userData', 'secrets.json'), 'utf8')).not.toContain('horse');
    expect(Object.keys(running.shell()).filter((name) => /secret/i.test(name))).toEqual(['setSecret', 'hasSecret']);
  });

  it('opens from the menu: files, recent files, views, exports', async () => {
    const { double } = running;
    double.answers.open.push({ canceled: false, filePaths: [own] });
    double.click('Open…');
    const opened = await until(() => running.told(GO).find((to) => JSON.stringify(to).includes('job=')), 'the job');
    expect(opened).toEqual({ place: expect.stringMatching(/^\/open\?job=\d+$/) });
    double.click('my.pcapng.gz');
    double.click('Flows');
    double.click('Flows as CSV…');
    expect(running.told(GO).slice(-2)).toEqual([{ view: 'flows' }, { action: 'csv' }]);
    double.click('Clear this list');
    expect(double.app.recent).toEqual([]);
    expect(() => double.click('my.pcapng.gz')).toThrow('there is no menu item');
  });

  it('follows the theme, also before its page is there at the next start', async () => {
    expect(await ask('setTheme', 'dark')).toEqual({ ok: true, value: null });
    expect(running.double.theme.themeSource).toBe('dark');
    expect(readFileSync(join(running.folder, 'userData', 'theme.json'), 'utf8')).toBe('{"theme":"dark"}');
  });
});

describe('an engine that dies', () => {
  let running: Running;

  beforeAll(async () => {
    running = await runDesktop();
  });
  afterAll(() => running.stop());

  it('is seen by the page as a lost line, started again, and has kept everything', async () => {
    let closed = 0;
    const client = await running.connect({ close: () => closed++ });
    const { job } = await client.captures.import({ sources: [{ kind: 'sample' }] });
    const { capture } = await followed(client, job);
    const changes = new Promise((resolve) => void client.app.changes({}, { next: () => undefined, error: resolve }));
    await running.double.engines[0]!.crash();
    expect(await changes).toMatchObject({ code: 'connection-lost' });
    await until(() => closed === 1, 'the end of the line');
    const again = await running.connect();
    const { captures } = await again.captures.list({});
    expect(captures).toMatchObject([{ id: capture, status: 'complete' }]);
    expect(running.double.engines).toHaveLength(2);
  });

  it('still knows which files the user chose', async () => {
    const own = join(running.folder, 'chosen.pcapng.gz');
    writeFileSync(own, SHORT);
    running.double.answers.open.push({ canceled: false, filePaths: [own] });
    await running.shell()['openFiles']!();
    await running.double.engines.at(-1)!.crash();
    const client = await running.connect();
    const { job } = await client.captures.import({ sources: [{ kind: 'path', path: own }] });
    expect(job).toBe(1);
    await client.captures.cancelImport({ job });
  });

  it('that keeps dying is given up with a word, and tried again when the user says so', async () => {
    const { double } = running;
    // The user quits neither: the answer waits until the test gives it.
    double.answers.message.push({ response: 0 });
    for (let n = double.engines.length; double.dialogs.every(({ kind }) => kind !== 'message'); n++) {
      await until(() => double.engines.length >= n || double.dialogs.length > 1, `engine ${n}`);
      await double.engines.at(-1)!.crash();
    }
    expect(double.dialogs.at(-1)!.options).toMatchObject({
      message: 'Sonde’s engine does not run',
      buttons: ['Try again', 'Quit'],
    });
    const client = await running.connect();
    expect(await client.app.health({})).toMatchObject({ status: 'ok' });
  });
});

describe('an engine that cannot run', () => {
  it('says why, once, and the page’s line does not open', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-shell-'));
    // A file where the folder of the database should be.
    writeFileSync(join(folder, 'data'), 'in the way');
    const running = await runDesktop({ folder });
    let closed = 0;
    let opened = 0;
    running.double.answers.message.push({ response: 1 });
    await running.connect({ close: () => closed++, open: () => opened++ });
    await until(() => running.double.dialogs.length > 0, 'the dialog');
    await until(() => closed === 1, 'the end of the line');
    expect(opened).toBe(0);
    expect(running.double.dialogs).toHaveLength(1);
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('starting and ending', () => {
  it('opens the files it was started with, once the page is there', async () => {
    const running = await runDesktop({ argv: ['--some-switch', SAMPLE, 'no-such-file.pcap'] });
    const client = await running.connect();
    const heard: unknown[] = [];
    running.shell()['onGo']!((to: unknown) => void heard.push(to));
    await until(() => heard.length > 0, 'the word to the page');
    expect(heard).toEqual([{ place: '/open?job=1' }]);
    expect(await followed(client, 1)).toMatchObject({ stage: 'done', name: 'office-hour.pcapng.gz' });
    const { rows } = await client.audit.list({ actions: ['import'] });
    expect(rows).toMatchObject([{ object: 'office-hour.pcapng.gz', detail: 'opened with the desk' }]);
    await running.stop();
  });

  it('opens a case beside the desk, a capture as one, and says why a case is refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-case-'));
    const [whole, bad] = [join(folder, 'theft.sondecase'), join(folder, 'Bad.SONDECASE')];
    const database = join(folder, 'desk.db');
    fillForCases(database);
    await exportCase(database, whole, 'Theft');
    writeFileSync(bad, 'no case at all');
    const running = await runDesktop({ argv: [whole, bad, SAMPLE] });
    const client = await running.connect();
    await until(() => running.told(GO).length === 2, 'the words to the page');
    expect(running.told(GO)).toEqual([{ place: '/open?job=1' }, { place: '/open' }]);
    const { cases } = await client.cases.opened({});
    expect(cases).toMatchObject([{ title: 'Theft', file: 'theft.sondecase' }]);
    const { rows } = await client.audit.list({ actions: ['open-case'] });
    expect(rows).toMatchObject([{ object: 'Theft' }]);
    await until(() => running.double.dialogs.length > 0, 'the refusal');
    const { options } = running.double.dialogs[0]!;
    expect(options).toMatchObject({ type: 'error' });
    expect(JSON.stringify(options)).toContain('Bad.SONDECASE was not opened');
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives its files to the desk that runs already, and ends', async () => {
    const second = await runDesktop({ argv: [SAMPLE], taken: true });
    expect(second.started).toBe(false);
    expect(second.double.app.lockData).toEqual({ files: [SAMPLE] });
    expect(second.double.app.code).toBe(0);
    expect(second.double.windows).toHaveLength(0);
    const first = await runDesktop();
    first.double.windows[0]!.minimized = true;
    first.double.app.emit('second-instance', {}, [], '/', second.double.app.lockData);
    await until(() => first.told(GO).length > 0, 'the word to the page');
    expect(first.double.windows[0]).toMatchObject({ minimized: false, visible: true, focused: true });
    await first.stop();
    rmSync(second.folder, { recursive: true, force: true });
  });

  it('opens what macOS hands it, and comes back when its icon is clicked', async () => {
    const running = await runDesktop({ platform: 'darwin' });
    const event = { defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true) };
    running.double.app.emit('open-file', event, SAMPLE);
    expect(event.defaultPrevented).toBe(true);
    await until(() => running.told(GO).length > 0, 'the word to the page');
    running.double.windows[0]!.close();
    expect(running.double.app.code).toBeUndefined();
    running.double.app.emit('activate');
    await until(() => running.double.windows[0]?.visible, 'the window');
    await running.stop();
  });

  it('keeps what is under way before it ends, and where its window was', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sonde-shell-'));
    const first = await runDesktop({ folder });
    first.double.windows[0]!.bounds = { x: 30, y: 40, width: 1200, height: 800 };
    const client = await first.connect();
    await client.captures.import({ sources: [{ kind: 'sample' }] });
    first.double.windows[0]!.close();
    await first.stop();
    expect(await first.double.engines[0]!.ended).toBe(0);
    const second = await runDesktop({ folder });
    expect(second.double.windows[0]!.options).toMatchObject({ x: 30, y: 40, width: 1200, height: 800 });
    const again = await second.connect();
    const { captures } = await again.captures.list({});
    expect(captures.every(({ status }) => status === 'partial' || status === 'complete')).toBe(true);
    await second.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens a page that died again, but not for ever', async () => {
    const running = await runDesktop();
    const window = running.double.windows[0]!;
    for (let n = 0; n < 6; n++) window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(window.reloads).toBe(3);
    await running.stop();
  });
});
