/**
 * `npm run bench:live -- --latency [--runs N] [--only scan,flood,guessing,tunnel]` (default 20 runs each): how long it
 * takes from the deciding packet to the incident at a subscriber, over a virtual cable whose far end lies in a network
 * namespace of its own: nmap at 1,000 ports a second, hping3 with 5,000 SYNs a second, 5 logins a second at an SSH port (packets of the sizes of OpenSSH's),
 * 20 queries a second of a DNS tunnel. Each run is a capture of its own. As root, with nmap and hping3.
 *
 * The deciding packet is the one at whose time (the kernel's) the incident says it was decided: the try, the end of the
 * session or the question with which the behaviour's threshold was crossed; a flood is decided by whole seconds, at the
 * end of the second in which there were enough. Timed is from there to the call of `onEvent` with the opened incident,
 * by the same clock. Beside it stands the time from the first packet of the attack, which holds the threshold itself.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LiveIncident } from '../../src-shared/domain/live.ts';
import { parseTime } from '../../src-shared/domain/time.ts';
import { capture } from '../../src-main/run/pipeline/live/capture.ts';
import { startWatch } from '../../src-main/run/pipeline/live/session.ts';
import { loadScoringModel } from '../../src-main/run/pipeline/model.ts';
import { whyNoCable } from '../integration/capture/network.ts';

const [NEAR, FAR] = [`sdlat${process.pid % 100_000}`, 'far0'];
const SPACE = `sondelat${process.pid}`;
/** A net of its own for each process: several may run side by side. */
const NET = `10.214.${process.pid % 256}`;
const [OURS, THEIRS] = [`${NET}.1`, `${NET}.2`];
/** A run without an incident has failed after this, ms. */
const LONGEST = 20_000;
/** Length, padding, number of the message, padding (RFC 4253). */
const NEW_KEYS = Buffer.from([0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const CLIENT = join(import.meta.dirname, 'live-latency-client.ts');

interface Attack {
  words: string;
  kind: RegExp;
  program: string;
  args: readonly string[];
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  scan: {
    words: 'nmap, 1,000 ports/s',
    kind: /scan/,
    program: 'nmap',
    args: ['-n', '-Pn', '-sS', '--min-rate', '1000', '--max-rate', '1000', '-p', '1-20000', OURS],
  },
  flood: {
    words: 'hping3, 5,000 SYN/s',
    kind: /flood/,
    program: 'hping3',
    args: ['-q', '-S', '-p', '8081', '-i', 'u200', OURS],
  },
  guessing: {
    words: 'SSH, 5 logins/s',
    kind: /brute|guess/,
    program: process.execPath,
    args: [CLIENT, 'ssh', OURS],
  },
  tunnel: {
    words: 'DNS tunnel, 20 queries/s',
    kind: /dns-tunnel/,
    program: process.execPath,
    args: [CLIENT, 'dns', OURS],
  },
};

interface Timed {
  /** Milliseconds. */
  decided: number;
  first: number;
}

const wall = (): number => performance.timeOrigin + performance.now();

function since(ts: string): number {
  const { sec, nano } = parseTime(ts);
  return wall() - sec * 1000 - nano / 1e6;
}

function plug(): void {
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  ip('netns', 'add', SPACE);
  ip('link', 'add', NEAR, 'type', 'veth', 'peer', 'name', FAR, 'netns', SPACE);
  ip('addr', 'add', `${OURS}/24`, 'dev', NEAR);
  ip('link', 'set', NEAR, 'up');
  ip('-n', SPACE, 'addr', 'add', `${THEIRS}/24`, 'dev', FAR);
  ip('-n', SPACE, 'link', 'set', FAR, 'up');
}

function unplug(): void {
  spawnSync('ip', ['link', 'del', NEAR], { stdio: 'ignore' });
  spawnSync('ip', ['netns', 'del', SPACE], { stdio: 'ignore' });
}

/** Something that answers at the ports of SSH and DNS. Returns what ends it. */
async function listen(): Promise<() => void> {
  const ssh = createServer((socket) => {
    socket.setNoDelay().on('error', () => undefined);
    socket.write('SSH-2.0-OpenSSH_9.6\r\n');
    // New keys, the service is there, the password is wrong; the client's own new keys are not answered.
    const says = [NEW_KEYS, null, Buffer.alloc(44, 5), Buffer.alloc(60, 6)];
    socket.on('data', () => {
      const next = says.shift();
      if (next) socket.write(next);
    });
  }).listen(22, OURS);
  await once(ssh, 'listening');
  const dns = createSocket('udp4');
  dns.on('message', (question, from) => {
    const answer = Buffer.from(question);
    // An answer, with recursion: there is no such name.
    answer.writeUInt16BE(0x8183, 2);
    dns.send(answer, from.port, from.address);
  });
  dns.bind(53, OURS);
  await once(dns, 'listening');
  return () => {
    ssh.close();
    dns.close();
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Null where no incident came. */
async function run(attack: Attack, model: Awaited<ReturnType<typeof loadScoringModel>>): Promise<Timed | null> {
  const source = await capture({ interface: NEAR });
  let told: (timed: Timed) => void = () => undefined;
  const found = new Promise<Timed>((resolve) => (told = resolve));
  const opened = (incident: LiveIncident): void => {
    if (incident.state !== 'open' || !attack.kind.test(incident.kind)) return;
    told({ decided: since(incident.decidedTs), first: since(incident.firstTs) });
  };
  const control = startWatch(source, {
    seed: 1,
    model,
    onEvent: (event) => {
      if (event.event === 'incident') opened(event);
    },
  });
  await wait(500);
  const child = spawn('ip', ['netns', 'exec', SPACE, attack.program, ...attack.args], { stdio: 'ignore' });
  const timed = await Promise.race([found, wait(LONGEST, null, { ref: false })]);
  await end(child);
  control.stop();
  (await control.done).close();
  await source.close();
  return timed;
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |\n`;

function summary(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const text = (ms: number | undefined): string => `${Math.round(ms ?? NaN)} ms`;
  return `${text(sorted[Math.floor((sorted.length - 1) / 2)])}, ${text(sorted.at(-1))}`;
}

/** @throws Error where it cannot run here */
export async function measureLatency(args: readonly string[]): Promise<void> {
  const options = { runs: { type: 'string', default: '20' }, only: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const why = await whyNoCable();
  if (why !== '') throw new Error(`this benchmark cannot run: ${why}`);
  const names = values.only?.split(',') ?? Object.keys(ATTACKS);
  const model = await loadScoringModel(undefined);
  plug();
  try {
    const close = await listen();
    process.stdout.write(row(['attack', 'runs', 'deciding packet to incident: median, worst', 'first packet: same']));
    for (const name of names) {
      const attack = ATTACKS[name];
      if (!attack) throw new Error(`no such attack: ${name}`);
      const times: Timed[] = [];
      let missed = 0;
      for (let i = 0; i < Number(values.runs); i++) {
        const timed = await run(attack, model);
        if (timed) times.push(timed);
        else missed++;
      }
      const runs = missed > 0 ? `${times.length}, ${missed} without an incident` : times.length;
      const cells = [summary(times.map(({ decided }) => decided)), summary(times.map(({ first }) => first))];
      process.stdout.write(row([attack.words, runs, ...cells]));
    }
    close();
  } finally {
    unplug();
  }
}
