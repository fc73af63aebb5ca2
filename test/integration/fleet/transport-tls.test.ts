/** TLS to the server: who it is, who we are, and nothing in the clear. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RedisTransport } from '../../../src-main/run/fleet/transport/redis.ts';
import { redisSettings, type RedisFiles } from '../../../src-main/run/fleet/transport/settings.ts';
import { suiteNeeds } from '../../setup/skip.ts';
import { NO_REDIS, REDIS, RedisServer } from './transport-server.ts';

const SLOW = 60_000;
const OPENSSL = spawnSync('openssl', ['version']).status === 0;

const KEY = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

/** A certificate of its own making for localhost, good for signing what stands beside it. */
function certificate(folder: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}-key.pem`)];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...KEY, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

suiteNeeds(REDIS && OPENSSL, REDIS ? 'openssl is not installed' : NO_REDIS)('a server with TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-tls-'));
  const opened: RedisTransport[] = [];
  let server: RedisServer;
  let ours: { cert: string; key: string };
  let theirs: { cert: string; key: string };

  beforeAll(async () => {
    ours = certificate(folder, 'client');
    theirs = certificate(folder, 'server');
    const tls = ['tls-port PORT', `tls-cert-file ${theirs.cert}`, `tls-key-file ${theirs.key}`];
    server = await RedisServer.start([
      ...tls,
      `tls-ca-cert-file ${ours.cert}`,
      'tls-auth-clients yes',
      'requirepass secret',
    ]);
  });

  afterAll(async () => {
    for (const transport of opened) await transport.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(address: string, files: RedisFiles): Promise<RedisTransport> {
    const transport = new RedisTransport(await redisSettings(address, '--publish', files));
    opened.push(transport);
    await transport.ready(2000);
    return transport;
  }

  const at = (host: string): string => `rediss://${host}:${server.port}`;

  it(
    'is reached by a name and an address that its certificate has',
    async () => {
      const passwordFile = join(folder, 'password');
      writeFileSync(passwordFile, 'secret\n');
      for (const host of ['localhost', '127.0.0.1']) {
        const transport = await open(at(host), { ca: theirs.cert, ...ours, passwordFile });
        await transport.publish('s', [Buffer.from('x')], 10);
      }
    },
    SLOW,
  );

  it(
    'is not believed without the certificate that signed it, nor does it believe us without ours',
    async () => {
      const passwordFile = join(folder, 'password');
      writeFileSync(passwordFile, 'secret\n');
      await expect(open(at('localhost'), { ...ours, passwordFile })).rejects.toThrow(/self-signed certificate/);
      await expect(open(at('localhost'), { ca: theirs.cert, passwordFile })).rejects.toMatchObject({
        code: 'connection-lost',
      });
      // It speaks nothing but TLS.
      await expect(open(`redis://:secret@127.0.0.1:${server.port}`, {})).rejects.toMatchObject({
        code: 'connection-lost',
      });
    },
    SLOW,
  );

  it('needs both halves of our certificate, and files that can be read', async () => {
    await expect(redisSettings(at('h'), '--publish', { cert: ours.cert })).rejects.toMatchObject({ code: 'usage' });
    const missing = join(folder, 'none.pem');
    await expect(redisSettings(at('h'), '--publish', { ca: missing })).rejects.toMatchObject({ code: 'not-found' });
  });
});
