import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { email } from '../../../src-main/keep/alerts/channels/email.ts';
import type { Alert, ChannelSettings } from '../../../src-main/keep/alerts/types.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { ALERT, nasty, within } from '../../unit/alerts/channels-example.ts';
import { listening, makeCertificates, OPENSSL, type Certificates } from './channels-servers.ts';

interface Letter {
  from: string;
  to: string[];
  secure: boolean;
  user: string;
  text: string;
}

suiteNeeds(OPENSSL, 'openssl is not installed')('e-mail', () => {
  let folder = '';
  let made: Certificates;
  const open: SMTPServer[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sonde-mail-'));
    made = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(async () => {
    for (const server of open.splice(0)) await new Promise<void>((done) => server.close(done));
  });

  async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; letters: Letter[] }> {
    const letters: Letter[] = [];
    const server = new SMTPServer({
      key: made.key,
      cert: made.cert,
      authOptional: true,
      onAuth: ({ username = '', password }, _session, done) =>
        password === 'right pass' ? done(null, { user: username }) : done(new Error('Invalid username or password')),
      onData: (stream, session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          letters.push({
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
            secure: session.secure,
            user: String(session.user ?? ''),
            text: Buffer.concat(parts).toString('utf8'),
          });
          done();
        });
      },
      ...options,
    });
    server.on('error', () => undefined);
    open.push(server);
    return { port: await listening(server.server), letters };
  }

  const settings = (port: number, more: ChannelSettings = {}): ChannelSettings => ({
    host: 'localhost',
    port,
    from: 'sonde@example.com',
    to: ['ops@example.com', 'boss@example.com'],
    ca: made.ca,
    allowPrivate: true,
    ...more,
  });
  const send = (port: number, more?: ChannelSettings, alert: Alert = ALERT, ms?: number): Promise<{ words: string }> =>
    email.send(alert, settings(port, more), within(ms));
  const failure = (port: number, more?: ChannelSettings, ms?: number): Promise<unknown> =>
    send(port, more, ALERT, ms).catch((error: unknown) => error);

  it('goes by STARTTLS with a password, and is the same letter when it is repeated', async () => {
    const { port, letters } = await mailServer();
    const more = { user: 'me', password: 'right pass' };
    const { words } = await send(port, more);
    expect(words).toContain('250');
    await send(port, more);
    const [first, second] = letters;
    expect(first).toMatchObject({
      from: 'sonde@example.com',
      to: ['ops@example.com', 'boss@example.com'],
      secure: true,
      user: 'me',
    });
    const header = (letter: Letter | undefined, name: string): string =>
      new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(letter?.text ?? '')?.[1]?.replace(/\r\n\s/g, ' ') ??
      '';
    expect(header(first, 'Message-ID')).toMatch(/^<[0-9a-f]{40}@example\.com>$/);
    for (const name of ['Message-ID', 'Date', 'References', 'X-Sonde-Key'])
      expect(header(second, name)).toBe(header(first, name));
    expect(header(first, 'Subject')).toBe('Critical: Password guessing against 10.0.0.5');
    expect(header(first, 'Auto-Submitted')).toBe('auto-generated');
    expect(header(first, 'X-Sonde-Key')).toBe(ALERT.key);
    expect(first?.text).toContain('Content-Type: text/plain');
    expect(first?.text).toContain('Content-Type: text/html');
  });

  it('goes by TLS from the start', async () => {
    const { port, letters } = await mailServer({ secure: true });
    await send(port, { security: 'tls', user: 'me', password: 'right pass' });
    expect(letters).toMatchObject([{ secure: true, user: 'me' }]);
  });

  it('goes without encryption only where that is set', async () => {
    const { port, letters } = await mailServer({ disabledCommands: ['STARTTLS'] });
    expect(await failure(port)).toMatchObject({ retry: true, message: expect.stringContaining('STARTTLS') });
    expect(letters).toEqual([]);
    await send(port, { security: 'none' });
    expect(letters).toMatchObject([{ secure: false }]);
  });

  it('checks certificates: their authority and their name', async () => {
    const { port, letters } = await mailServer();
    expect(await failure(port, { ca: '' })).toMatchObject({ name: 'DeliveryError', retry: true });
    const other = await mailServer(made.other);
    expect(await failure(other.port)).toMatchObject({ retry: true });
    const tls = await mailServer({ ...made.other, secure: true });
    expect(await failure(tls.port, { security: 'tls' })).toMatchObject({
      message: expect.stringContaining('another name'),
    });
    expect([...letters, ...other.letters, ...tls.letters]).toEqual([]);
  });

  it('gives up where the password is wrong, and does not say it', async () => {
    const { port } = await mailServer({
      onAuth: ({ password }, _session, done) => done(new Error(`Invalid password ${password}`)),
    });
    const error = (await failure(port, { user: 'me', password: 'wrong-pass-1' })) as Error;
    expect(error).toMatchObject({ retry: false, message: expect.stringContaining('Invalid password [secret]') });
    expect(`${error.message} ${error.stack}`).not.toContain('wrong-pass-1');
    expect(error.cause).toBeUndefined();
  });

  it.each([
    [450, true],
    [452, true],
    [550, false],
    [554, false],
  ])('refused with %i: trying again helps: %s', async (responseCode, retry) => {
    const { port } = await mailServer({
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on('end', () => done(Object.assign(new Error('not today'), { responseCode })));
      },
    });
    expect(await failure(port)).toMatchObject({ retry, message: expect.stringContaining(`${responseCode} not today`) });
  });

  it('says when some of the recipients were refused', async () => {
    const { port, letters } = await mailServer({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('boss') ? new Error('no such person') : null),
    });
    expect((await send(port)).words).toContain('refused for 1 of the recipients');
    expect(letters).toMatchObject([{ to: ['ops@example.com'] }]);
  });

  it('carries reports', async () => {
    const { port, letters } = await mailServer();
    const data = Buffer.from('%PDF-1.7 week');
    await send(port, {}, { ...ALERT, attachments: [{ name: 'week.pdf', type: 'application/pdf', data }] });
    expect(letters[0]?.text).toContain('filename=week.pdf');
    expect(letters[0]?.text).toContain(data.toString('base64'));
  });

  it('lets no name of others become a header', async () => {
    const { port, letters } = await mailServer();
    await send(port, {}, { ...nasty(500), title: 'a\r\nBcc: evil@example.com\r\n\r\nbody', key: 'k\r\nX-Evil: 1' });
    expect(letters[0]?.to).toEqual(['ops@example.com', 'boss@example.com']);
    expect(letters[0]?.text).not.toMatch(/^(Bcc|X-Evil):/im);
  });

  it('gives up in time on a server that does not speak', async () => {
    const { port } = await mailServer({ onConnect: () => undefined });
    const began = Date.now();
    expect(await failure(port, {}, 400)).toMatchObject({ retry: true, message: expect.stringContaining('in time') });
    expect(Date.now() - began).toBeLessThan(4000);
  });

  it('goes nowhere private unless that is allowed', async () => {
    const { port, letters } = await mailServer();
    expect(await failure(port, { allowPrivate: false })).toMatchObject({ retry: false });
    expect(letters).toEqual([]);
  });
});
