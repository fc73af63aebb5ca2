import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../setup/skip.ts';
import { makeSample, sampleTruth } from '../../generator/sample.ts';
import type { Generated } from '../../generator/scenario.ts';

const CAPTURE = fileURLToPath(new URL('../../../resources/sample/office-hour.pcapng.gz', import.meta.url));
const TRUTH = fileURLToPath(new URL('../../../resources/sample/office-hour.json', import.meta.url));
const hasTshark = spawnSync('tshark', ['--version']).status === 0;

describe('the sample capture', () => {
  let g: Generated;
  let folder: string;
  let plain: string;
  beforeAll(() => {
    g = makeSample();
    folder = mkdtempSync(join(tmpdir(), 'sonde-sample-'));
    plain = join(folder, 'office-hour.pcapng');
    writeFileSync(plain, g.bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is made again byte for byte, and is what its truth says', () => {
    const committed = new Uint8Array(gunzipSync(readFileSync(CAPTURE)));
    const sha = createHash('sha256').update(committed).digest('hex');
    const truth = JSON.parse(readFileSync(TRUTH, 'utf8')) as { sha256: string };
    expect(sha).toBe(truth.sha256);
    expect(createHash('sha256').update(g.bytes).digest('hex')).toBe(truth.sha256);
    expect(JSON.parse(JSON.stringify(sampleTruth(g)))).toEqual(truth);
  });

  it('is under 5 MB, lasts an hour, and has 15 to 25 machines of both IP versions', () => {
    expect(statSync(CAPTURE).size).toBeLessThan(5_000_000);
    const locals = new Set(g.labels.map((l) => l.src).filter((a) => a.startsWith('192.168.10.')));
    expect(locals.size).toBeGreaterThanOrEqual(15);
    expect(locals.size).toBeLessThanOrEqual(25);
    expect(g.labels.some((l) => l.src.startsWith('2a0d:3344:'))).toBe(true);
    const span = g.labels.at(-1)!.start - g.labels[0]!.start;
    expect(span).toBeGreaterThan(3500e9);
  });

  it('has several kinds of incident and something that only looks like one', () => {
    const kinds = new Set(g.truth.map((t) => t.kind));
    expect([...kinds].sort()).toEqual([
      'arp-spoofing',
      'benign',
      'brute-force',
      'command-and-control',
      'data-exfiltration',
      'dns-tunnel',
      'policy-violation',
      'port-scan',
    ]);
  });

  needs(hasTshark, 'tshark is not installed')(
    'is sound to tshark: nothing malformed, checksums right, protocols known',
    () => {
      const tshark = (...args: string[]): string =>
        execFileSync('tshark', ['-r', plain, ...args], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
          maxBuffer: 1 << 26,
        });
      const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
      expect(tshark(...checks, '-Y', '_ws.malformed || _ws.expert.severity == error')).toBe('');
      const known = tshark('-q', '-z', 'io,phs');
      for (const protocol of 'arp icmp icmpv6 igmp dns mdns llmnr nbns ssdp dhcp ntp snmp quic tls http smtp ssh smb2 kerberos ldap rdp ftp ftp-data'.split(
        ' ',
      )) {
        expect(known).toMatch(new RegExp(`^\\s+${protocol}\\s+frames:[1-9]`, 'm'));
      }
    },
    120_000,
  );
});
