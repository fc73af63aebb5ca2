import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { stateKey, timingText } from '../../../src-main/keep/alerts/reports/state.ts';
import { coveredBy, lastDue } from '../../../src-main/keep/alerts/reports/clock.ts';
import { periodFile } from '../../../src-main/keep/exports/report/period-file.ts';
import { openReaders } from '../../../src-main/keep/store/readers.ts';
import { workerUrl } from '../../../src-main/run/pipeline/workers.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { BERLIN, fillTwoWeeks, NOW, opened, WEEK } from '../../unit/reports/history.ts';
import { SAMPLE } from '../../e2e/support.ts';
import { testDesk } from '../serve/desk-client.ts';
import {
  listening,
  makeCertificates,
  OPENSSL,
  web,
  type Certificates,
  type Handler,
  type Web,
} from './channels-servers.ts';

const SLOW = 180_000;
const TOKEN = '123456:ABCdefGHIjklMNOpqrSTUvwxYZ012345678';
/** Monday at seven in Berlin: a weekly report of `WEEK` is due. */
const DUE = NOW;
const MAIN = join(import.meta.dirname, '..', '..', '..', 'src-main', 'run', 'cli', 'main.ts');

/** What is attached to a letter. */
function attachedTo(letter: string): Buffer {
  const part = letter.split(/^--.*$/m).find((each) => /filename=/.test(each)) ?? '';
  return Buffer.from(part.slice(part.indexOf('\r\n\r\n')), 'base64');
}

/** The document of a request of the Bot API. */
function documentOf(body: Buffer): Buffer {
  const begin = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
  return body.subarray(begin, body.indexOf(Buffer.from('\r\n--'), begin));
}

suiteNeeds(OPENSSL, 'openssl is not installed')('a scheduled report', () => {
  let folder: string;
  let made: Certificates;
  let mail: SMTPServer;
  let mailPort: number;
  let letters: string[];
  let chat: Web;
  /** Documents that the chat took. */
  let documents: Buffer[];
  /** Before anything is taken; it may keep it from being so. */
  let meet: () => boolean;
  let before: string | undefined;
  const children: ChildProcess[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-reports-'));
    made = makeCertificates(folder);
    before = process.env['XDG_DATA_HOME'];
    // Secrets are kept there, by this process and by those that it starts.
    process.env['XDG_DATA_HOME'] = folder;
  });
  afterAll(() => {
    if (before === undefined) delete process.env['XDG_DATA_HOME'];
    else process.env['XDG_DATA_HOME'] = before;
    rmSync(folder, { recursive: true, force: true });
  });

  const bot: Handler = (request, response, socket) => {
    if (!meet()) return void socket.destroy();
    if (request.url !== `/bot${TOKEN}/sendDocument`) return void response.writeHead(404).end('{}');
    documents.push(documentOf(request.body));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ ok: true, result: { message_id: documents.length } }));
  };

  beforeEach(async () => {
    [letters, documents, meet] = [[], [], () => true];
    mail = new SMTPServer({
      key: made.key,
      cert: made.cert,
      authOptional: true,
      onMailFrom: (_address, _session, done) => done(meet() ? null : new Error('not now')),
      onData: (stream, _session, done) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (part: string) => (text += part));
        stream.on('end', () => {
          letters.push(text);
          done();
        });
      },
    });
    mail.on('error', () => undefined);
    mailPort = await listening(mail.server);
    chat = await web(bot);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await new Promise<void>((done) => mail.close(done));
    await chat.close();
  });

  const mailSettings = () => ({
    host: 'localhost',
    port: mailPort,
    from: 'sonde@example.com',
    to: ['boss@example.com'],
    ca: made.ca,
    allowPrivate: true,
  });
  const chatSettings = () => ({ chat: '-1001', api: `http://127.0.0.1:${chat.port}/`, allowPrivate: true });

  /** A desk with a history, two channels, and a report each Monday at seven. */
  async function prepared(path: string): Promise<void> {
    const store = await opened(path);
    await fillTwoWeeks(store);
    await store.close();
    const { desk, client } = await testDesk({ database: path, now: () => DUE - 60_000 });
    await client.alerts.setChannel({ name: 'Mail', kind: 'email', settings: mailSettings() });
    await client.alerts.setChannel({
      name: 'Chat',
      kind: 'telegram',
      settings: chatSettings(),
      secrets: { token: TOKEN },
    });
    const schedule = { every: 'week' as const, timeZone: BERLIN, channels: ['mail', 'chat'] };
    const { nextAt } = await client.reports.set({ name: 'Monday', ...schedule });
    expect(nextAt).toBe(DUE);
    await desk.close();
  }

  /** The program, opened at this time. */
  async function started(path: string, time: number): Promise<ChildProcess> {
    const args = [join(import.meta.dirname, 'reports-desk.ts'), path, String(time)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
    return child;
  }

  it(
    'arrives by mail and in the chat, whole and once, though the program is killed while it sends',
    async () => {
      const path = join(folder, 'killed.db');
      await prepared(path);
      let met = 0;
      meet = () => {
        met++;
        for (const child of children) child.kill('SIGKILL');
        return false;
      };
      const first = await started(path, DUE - 1000);
      if (first.exitCode === null && first.signalCode === null) await once(first, 'exit');
      expect(first.signalCode).toBe('SIGKILL');
      expect(met).toBeGreaterThan(0);
      expect([letters.length, documents.length]).toEqual([0, 0]);
      meet = () => true;
      // The same hour: what is in the queue goes out, and nothing is made anew.
      const second = await started(path, DUE + 60_000);
      await expect.poll(() => [letters.length, documents.length], { timeout: 60_000 }).toEqual([1, 1]);
      second.kill('SIGTERM');
      await once(second, 'exit');
      const third = await started(path, DUE + 120_000);
      third.kill('SIGTERM');
      await once(third, 'exit');
      expect([letters.length, documents.length]).toEqual([1, 1]);
      const [letter = ''] = letters;
      expect(letter).toContain('Subject: Report: Mon 16 Nov 2026 to Sun 22 Nov 2026');
      expect(letter).toContain('filename=sonde-report-2026-11-16-to-2026-11-22.pdf');
      const pdf = attachedTo(letter);
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
      expect(pdf.subarray(-6).toString().trim()).toBe('%%EOF');
      expect(documents[0]!.equals(pdf)).toBe(true);
      expect(chat.seen.at(-1)!.body.toString('latin1')).toContain('1 critical incident is open and needs action.');
      // It is the very report that the desk gives out for that time, as of when it was made.
      expect(pdf.equals(await fileOf(path, await madeAt(path)))).toBe(true);
    },
    SLOW,
  );

  /** When the report was made, as its schedule remembers. */
  async function madeAt(path: string): Promise<number> {
    const store = await opened(path);
    const state = (await store.setting(stateKey('monday'))) as { last: { at: number } };
    await store.close();
    return state.last.at;
  }

  async function fileOf(path: string, now: number): Promise<Buffer> {
    const readers = openReaders(path, workerUrl('keep/store/reader.worker'), 1);
    const { data } = await periodFile(readers, { ...WEEK, zone: BERLIN, now, sensor: 'sonde' }, 'pdf');
    await readers.close();
    return Buffer.from(data);
  }

  it(
    'that a machine slept through for four weeks arrives once',
    async () => {
      const path = join(folder, 'slept.db');
      await prepared(path);
      const child = await started(path, DUE + 28 * 86_400_000);
      await expect.poll(() => [letters.length, documents.length], { timeout: 60_000 }).toEqual([1, 1]);
      child.kill('SIGTERM');
      await once(child, 'exit');
      expect([letters.length, documents.length]).toEqual([1, 1]);
      expect(letters[0]).toContain('filename=sonde-report-2026-11-20-to-2026-12-20.pdf');
    },
    SLOW,
  );

  it(
    'of watch --settings goes by the channels of that file, once',
    async () => {
      const path = join(folder, 'watched.db');
      const schedule = {
        id: 'daily',
        enabled: true,
        every: 'day' as const,
        weekday: 1,
        hour: new Date().getUTCHours(),
        timeZone: 'UTC',
        channels: ['chat'],
        format: 'html' as const,
        anonymised: false,
      };
      const settings = join(folder, 'settings.json');
      const channel = { id: 'chat', kind: 'telegram', settings: { ...chatSettings(), token: { env: 'CHAT_TOKEN' } } };
      const document = { schema: 'sonde.settings/1', channels: [channel], routes: [], reports: [schedule] };
      writeFileSync(settings, JSON.stringify(document));
      // The program ran the day before, and not at the hour.
      const store = await opened(path);
      const due = lastDue(schedule, Date.now());
      const missed = due - 86_400_000;
      const state = {
        timing: timingText(schedule),
        due: missed,
        covered: coveredBy(schedule, missed, null).to,
        last: null,
      };
      await store.setSetting(stateKey('daily'), state);
      await store.close();
      for (let run = 0; run < 2; run++) {
        const args = ['watch', '--replay', SAMPLE, '--speed', 'max', '--no-models', '--db', path];
        const child = spawn(process.execPath, [MAIN, ...args, '--settings', settings], {
          stdio: ['ignore', 'ignore', 'inherit'],
          env: { ...process.env, CHAT_TOKEN: TOKEN },
        });
        children.push(child);
        expect(await once(child, 'exit')).toEqual([0, null]);
      }
      const reports = documents.filter((each) => each.toString().includes('What happened in a day'));
      expect(reports).toHaveLength(1);
      expect(reports[0]!.toString().trimEnd().endsWith('</html>')).toBe(true);
    },
    SLOW,
  );

  it(
    'is refused before anything is watched where its channel carries no documents, or is not there',
    async () => {
      const settings = join(folder, 'wrong.json');
      const hook = { id: 'hook', kind: 'webhook', settings: { url: 'https://example.com/' } };
      for (const [channels, what] of [
        [['hook'], 'the channel hook carries no documents'],
        [['gone'], 'there is no channel gone'],
      ] as const) {
        const reports = [{ id: 'daily', every: 'day', channels }];
        writeFileSync(settings, JSON.stringify({ schema: 'sonde.settings/1', channels: [hook], reports }));
        const child = spawn(process.execPath, [MAIN, 'watch', '--replay', SAMPLE, '--settings', settings], {
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        children.push(child);
        let said = '';
        child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
        const [code] = (await once(child, 'exit')) as [number];
        expect(code).not.toBe(0);
        expect(said).toContain(what);
      }
    },
    SLOW,
  );
});
