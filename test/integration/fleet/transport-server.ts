/** A Redis server for a test: on a free port of the loopback address, with a folder of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const REDIS = spawnSync('redis-server', ['--version']).status === 0;
export const NO_REDIS = 'redis-server is not installed';

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export class RedisServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'sonde-redis-'));
  port = 0;
  private readonly lines: readonly string[];
  private child: ChildProcess | undefined;

  private constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /** @param lines of redis.conf beside what every test has; PORT stands for the port. */
  static async start(lines: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(lines);
    server.port = await freePort();
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, again where it was killed, with what it has on disk. */
  async up(): Promise<void> {
    const port = this.lines.some((line) => line.startsWith('tls-port')) ? 'port 0' : `port ${this.port}`;
    const all = [port, 'bind 127.0.0.1', `dir ${this.folder}`, 'save ""', 'appendonly yes', 'appendfsync always'];
    const lines = [...all, ...this.lines].map((line) => line.replaceAll('PORT', String(this.port)));
    const config = join(this.folder, 'redis.conf');
    writeFileSync(config, `${lines.join('\n')}\n`);
    this.child = spawn('redis-server', [config], { stdio: 'ignore' });
    for (let i = 0; i < 500; i++) {
      if (await answers(this.port)) return;
      if (this.child.exitCode !== null) break;
      await wait(20);
    }
    throw new Error(`redis-server does not start with ${lines.join('; ')}`);
  }

  /** As power cuts do: at once, nothing is written any more. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
