/**
 * `npm run demo [-- --seconds N]`: the live desk with something to see. A virtual cable whose far end lies in a network
 * namespace of its own; people at work there, a port scan, a flood; the desk watches the near end and is open at the
 * address that is printed. Alerts are printed as they arrive. Everything is taken away again at the end, or on Ctrl-C.
 * Root on Linux. Nothing leaves this machine.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { cliEntry, ensureBundle } from '../../scripts/lib/bundle.mjs';
import { ensureHelper } from '../../scripts/lib/native.mjs';
import { noBrowser, openBrowser } from '../../scripts/lib/open-browser.mjs';
import { ensureRenderer } from '../../scripts/lib/renderer.mjs';
import { makeClient } from '../../src-shared/contract/client.ts';
import { contract, type DeskClient } from '../../src-shared/contract/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SPACE = `sondedemo${process.pid}`;
const [NEAR, FAR] = [`sdemo${process.pid % 100_000}`, 'far0'];
const [OURS, THEIRS] = ['10.213.7.1', '10.213.7.2'];
/** Seconds of ordinary traffic before the scan, and between scan and flood. */
const [QUIET, BETWEEN] = [8, 6];

const { values } = parseArgs({ options: { seconds: { type: 'string' } } });
const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

function cable(): void {
  ip('netns', 'add', SPACE);
  ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR, 'netns', SPACE);
  ip('addr', 'add', `${OURS}/24`, 'dev', NEAR);
  ip('link', 'set', NEAR, 'up');
  ip('-n', SPACE, 'addr', 'add', `${THEIRS}/24`, 'dev', FAR);
  ip('-n', SPACE, 'link', 'set', FAR, 'up');
}

const children: ChildProcess[] = [];

function start(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

/** At the far end; resolves when it has ended. */
async function there(what: string, amount = 0): Promise<void> {
  const program = join(import.meta.dirname, 'traffic.ts');
  const child = start('ip', ['netns', 'exec', SPACE, process.execPath, program, what, OURS, String(amount)]);
  child.stdout?.resume();
  await once(child, 'exit');
}

async function desk(folder: string): Promise<{ url: string; client: DeskClient }> {
  const child = start(process.execPath, [cliEntry(ROOT), 'serve', '--json', '--db', join(folder, 'demo.db')]);
  const [line] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
  const url = new URL((JSON.parse(line) as { url: string }).url);
  const { origin } = url;
  const token = url.hash.replace('#token=', '');
  const headers = { origin, 'content-type': 'application/json' };
  const answer = await fetch(`${origin}/session`, { method: 'POST', headers, body: JSON.stringify({ token }) });
  const cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!;
  const { key } = (await answer.json()) as { key: string };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, ['sonde', key], {
    headers: { origin, cookie },
  });
  await once(socket, 'open');
  const client = makeClient(contract, {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => void socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString()))),
    onClose: (listener) => void socket.once('close', listener),
    close: () => socket.close(),
  });
  return { url: `${url.href}/live`, client };
}

/** Alerts as they arrive; how many there were. */
function follow(client: DeskClient): () => number {
  let alerts = 0;
  client.live.ticks(
    {},
    {
      next: (event) => {
        if (event.type === 'notice') say(`          ${event.notice.message}`);
        if (event.type !== 'incident' || event.incident.state !== 'open') return;
        alerts++;
        const { incident, latencyMs, severity } = event.incident;
        const after = latencyMs === null ? '' : `, ${latencyMs} ms after the packet that decided it`;
        say(`${severity.padEnd(9)} ${incident.title}${after}`);
      },
    },
  );
  return () => alerts;
}

async function scene(): Promise<void> {
  const calm = (seconds: number): Promise<unknown> =>
    wait(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  void there('browse');
  say('People at work …');
  await calm(QUIET);
  if (stop.signal.aborted) return;
  say('A scan of 1,000 ports …');
  await there('scan', 1000);
  await calm(BETWEEN);
  if (stop.signal.aborted) return;
  say('A flood of connections …');
  await there('flood', 20_000);
}

async function main(): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    process.stderr.write('The demo makes a network namespace, which on Linux takes root: sudo npm run demo\n');
    return 1;
  }
  await ensureBundle(ROOT);
  await ensureRenderer(ROOT);
  if (!(await ensureHelper(ROOT, process.execPath))) return 1;
  const folder = mkdtempSync(join(tmpdir(), 'sonde-demo-'));
  const pages = createServer((_, response) => response.end('x'.repeat(20_000)));
  try {
    cable();
    await new Promise<void>((resolve) => pages.listen(8080, OURS, resolve));
    const { url, client } = await desk(folder);
    const alerts = follow(client);
    await client.live.start({ kind: 'interface', name: NEAR });
    say(`The desk watches ${NEAR}, the near end of a cable made for this. It is at\n  ${url}`);
    if (noBrowser() === null)
      void openBrowser(url, () => say('No browser could be opened: open the address yourself.'));
    const over = wait(values.seconds === undefined ? 2 ** 31 - 1 : Number(values.seconds) * 1000, undefined, {
      signal: stop.signal,
    }).catch(() => undefined);
    await Promise.race([scene(), over]);
    if (values.seconds === undefined) say('That was all; the desk stays open. Ctrl-C ends it.');
    await over;
    // Ctrl-C reaches the desk as well: it may be gone already.
    await client.live.stop({ keep: true }).catch(() => say('The desk has ended.'));
    say(`${alerts()} alerts.`);
    return alerts() > 0 ? 0 : 1;
  } finally {
    for (const child of children) child.kill('SIGTERM');
    pages.closeAllConnections();
    pages.close();
    spawnSync('ip', ['link', 'del', NEAR]);
    spawnSync('ip', ['netns', 'del', SPACE]);
    await wait(500);
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
process.exit();
