import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../setup/skip.ts';
import { pcapFile, PcapngBuilder } from '../../generator/write.ts';
import { calm, calmFile, scanFile } from './captures.ts';
import { MAIN, sonde } from './run.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(at(name), content);
  return at(name);
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sonde-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('usage', () => {
  it.each([
    [[], 'Usage: sonde', 2],
    [['--help'], 'Usage: sonde', 0],
    [['triage', '--help'], 'Usage: sonde triage', 0],
    [['train', '--help'], 'Usage: sonde train', 0],
  ])('%j prints the help and ends with its code', async (args, text, code) => {
    const ran = await sonde(args);
    expect(ran.stdout).toContain(text);
    expect(ran.code).toBe(code);
  });

  it.each([
    [['tirage'], 'unknown command tirage'],
    [['desk', '--fleet-group', 'x'], '--fleet-group without --fleet'],
    [['desk', '--fleet', 'http://x', '--fleet-sensors', 'x'], 'this is no address of a Redis server'],
    [['serve', '--fleet', 'redis://x'], '--fleet-sensors is missing'],
    [['serve', '--fleet', 'redis://x', '--fleet-key', 'x'], '--fleet-cert and --fleet-key belong together'],
    [['features'], 'no capture was named'],
    [['features', 'x.pcap'], '--out is missing'],
    [['score', 'x.csv'], '--out is missing'],
    [['score', 'x.csv', 'y.csv', '--out', 'p.csv'], 'one file is scored at a time'],
    [['train', '--records', 'x.csv', '--out', 'm'], '--detector is missing'],
    [['train', '--records', 'x.csv', '--detector', 'gru-autoencoder', '--out', 'm'], 'what a host did before'],
    [['train', '--records', 'x.csv', '--detector', 'graph-attention', '--out', 'm'], 'who spoke with whom'],
    [['train', '--records', 'x', '--detector', 'mean-z2', '--sampling', 'over', '--out', 'm'], 'learns without labels'],
    [
      ['train', '--records', 'x', '--detector', 'one-rule', '--trees', '9', '--out', 'm'],
      'one-rule.trees: there is no such parameter',
    ],
    [['train', 'x.pcap', '--detector', 'random-forest', '--out', 'm'], '--detector: is for --records'],
    [['watch'], 'needs a network card or a file'],
    [['watch', '--replay', 'x.pcap', '--interface', 'lo'], 'needs a network card or a file'],
    [['watch', '--replay', 'x.pcap', '--speed', 'fast'], 'not a number up to 10000, nor max'],
    [['watch', '--replay', 'x.pcap', '--filter', 'tcp'], '--filter is for --interface'],
    [['watch', 'x.pcap'], 'a card or a file?'],
    [['triage'], 'no capture was named'],
    [['triage', 'x.pcap', '--jsno'], 'Did you mean --json?'],
    [['triage', 'x.pcap', '--profile', 'castle'], 'not one of auto, home, office, enterprise'],
    [['triage', 'x.pcap', '--budget', 'x'], 'not a number up to 1000'],
    [['triage', 'x.pcap', '--intel-allow', 'x.txt'], '--intel-allow without --intel'],
    [['triage', 'x.pcap', '--seed', 'many'], 'not a whole number'],
    [['triage', 'x.pcap', '--threads', '0'], 'not a whole number'],
    [['triage', 'x.pcap', '--fail-on', 'fatal'], 'not one of info, warning, critical'],
    [['triage', 'x.pcap', '--no-models', '--model', 'm'], 'contradict each other'],
    [['triage', '-', '-'], 'standard input was named twice'],
    [['triage', 'x.pcap', '--db', ''], '--db is empty'],
    [['train', 'x.pcap'], '--out is missing'],
  ])('%j is refused with 2, and says how to write it', async (args, text) => {
    const ran = await sonde(args);
    expect(ran.stderr).toContain(text);
    expect(ran.stdout).toBe('');
    expect(ran.code).toBe(2);
  });

  it('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
      version: string;
    };
    expect((await sonde(['--version'])).stdout).toBe(`${version}\n`);
  });
});

describe('an output that is an input', () => {
  it.each([
    ['--flows', 'triage'],
    ['--db', 'triage'],
    ['--out', 'train'],
  ])('is refused for %s, under whatever name, and the capture stays as it is', async (option, command) => {
    const path = file('evidence.pcap', calmFile());
    rmSync(at('other-name.pcap'), { force: true });
    linkSync(path, at('other-name.pcap'));
    const ran = await sonde([command, path, option, at('other-name.pcap')]);
    expect(ran.stderr).toContain('would be overwritten');
    expect(ran.code).toBe(2);
    expect(readFileSync(path).equals(calmFile())).toBe(true);
  });
});

describe('input that cannot be read at all ends with 3 and names the file and the cure', () => {
  it.each([
    ['missing.pcap', undefined, 'no such file'],
    ['empty.pcap', '', '0 bytes'],
    ['text.pcap', 'this is a text file, not a capture\n'.repeat(9), 'not a packet capture'],
    ['page.pcap', '<!doctype html><html></html>', 'not a packet capture'],
    ['text.pcap.gz', gzipSync('not a capture either'), 'not a packet capture'],
    ['cut-header.pcap', calmFile().subarray(0, 20), 'cut-header.pcap'],
  ])('%s', async (name, content, text) => {
    if (content !== undefined) file(name, content);
    const ran = await sonde(['triage', at(name), '--no-models']);
    expect(ran.stderr).toContain(text);
    expect(ran.stderr).toContain(at(name));
    expect(ran.stdout).toBe('');
    expect(ran.code).toBe(3);
  });

  it('a directory', async () => {
    const ran = await sonde(['triage', folder, '--no-models']);
    expect(ran.stderr).toContain('directory');
    expect(ran.code).toBe(3);
  });

  needs(process.getuid?.() !== 0, 'root may read every file')('a file without permission', async () => {
    const path = file('secret.pcap', calmFile());
    chmodSync(path, 0o000);
    const ran = await sonde(['triage', path, '--no-models']);
    expect(ran.stderr).toContain('permission');
    expect(ran.code).toBe(3);
  });

  it('a damaged model', async () => {
    const ran = await sonde(['triage', file('calm.pcap', calmFile()), '--model', file('bad.model', 'no model')]);
    expect(ran.stderr).toContain('bad.model');
    expect(ran.code).toBe(3);
  });

  it('empty standard input', async () => {
    const ran = await sonde(['triage', '-', '--no-models']);
    expect(ran.stderr).toContain('standard input');
    expect(ran.code).toBe(3);
  });
});

describe('results', () => {
  it('an ordinary capture ends with 0', async () => {
    const ran = await sonde(['triage', file('calm.pcap', calmFile()), '--json', '--no-models']);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toBe('');
    const report = JSON.parse(ran.stdout) as { inputs: { packets: number }[]; incidents: unknown[] };
    expect(report.inputs[0]?.packets).toBe(9);
    expect(report.incidents).toEqual([]);
  });

  it('the same from standard input', async () => {
    const ran = await sonde(['triage', '-', '--json', '--no-models'], calmFile());
    expect(ran.code).toBe(0);
    expect((JSON.parse(ran.stdout) as { inputs: { packets: number }[] }).inputs[0]?.packets).toBe(9);
  });

  it('--fail-on ends with 5 where an incident is that severe, and with 0 where none is', async () => {
    const path = file('scan.pcap', scanFile());
    expect((await sonde(['triage', path, '--no-models', '--fail-on', 'warning'])).code).toBe(5);
    expect((await sonde(['triage', path, '--no-models'])).code).toBe(0);
    expect((await sonde(['triage', file('calm.pcap', calmFile()), '--no-models', '--fail-on', 'info'])).code).toBe(0);
  });

  it('a cut capture yields its readable part and ends with 4', async () => {
    const whole = calmFile();
    const ran = await sonde([
      'triage',
      file('cut.pcap', whole.subarray(0, whole.length - 10)),
      '--json',
      '--no-models',
    ]);
    expect(ran.code).toBe(4);
    const report = JSON.parse(ran.stdout) as { inputs: { packets: number; warnings: { code: string }[] }[] };
    expect(report.inputs[0]?.packets).toBe(8);
    expect(report.inputs[0]?.warnings.map((w) => w.code)).toContain('cut-file');
  });

  it('a link type that cannot be decoded is counted, has no flows and ends with 4', async () => {
    const ran = await sonde(['triage', file('usb.pcap', pcapFile(calm(), { linkType: 189 })), '--json', '--no-models']);
    expect(ran.code).toBe(4);
    const report = JSON.parse(ran.stdout) as {
      flows: { count: number };
      inputs: { packets: number; warnings: { code: string; message: string }[] }[];
    };
    expect(report.inputs[0]?.packets).toBe(9);
    expect(report.flows.count).toBe(0);
    expect(report.inputs[0]?.warnings[0]?.code).toBe('unsupported-link-type');
  });

  it('one missing file of several is told and the rest is read, ending with 4', async () => {
    const ran = await sonde(['triage', file('calm.pcap', calmFile()), at('missing.pcap'), '--json', '--no-models']);
    expect(ran.code).toBe(4);
    const report = JSON.parse(ran.stdout) as { inputs: { packets: number; warnings: { code: string }[] }[] };
    expect(report.inputs.map((i) => i.packets)).toEqual([9, 0]);
    expect(report.inputs[1]?.warnings[0]?.code).toBe('unreadable-input');
  });

  it('flows are written as NDJSON or CSV by the ending', async () => {
    const path = file('calm.pcap', calmFile());
    await sonde(['triage', path, '--no-models', '--flows', at('out.ndjson')]);
    const lines = readFileSync(at('out.ndjson'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(2);
    const tcp = lines.map((l) => JSON.parse(l) as Record<string, unknown>).find((f) => f['proto'] === 'tcp');
    expect(tcp).toMatchObject({
      'id.orig_h': '10.0.0.5', 'id.orig_p': 40000, 'id.resp_h': '10.0.0.9', 'id.resp_p': 8080,
      conn_state: 'SF', orig_bytes: 5, resp_bytes: 10, orig_pkts: 5, resp_pkts: 3, ts_ns: '1700000000000000000', score: null,
    }); // prettier-ignore
    await sonde(['triage', path, '--no-models', '--flows', at('out.csv')]);
    const csv = readFileSync(at('out.csv'), 'utf8').trim().split('\n');
    expect(csv).toHaveLength(3);
    expect(csv[0]).toContain('id.orig_h');
  });

  it('a folder that is not there for --flows is said; the report still comes, with 4', async () => {
    const ran = await sonde([
      'triage',
      file('calm.pcap', calmFile()),
      '--json',
      '--no-models',
      '--flows',
      at('no/such/out.csv'),
    ]);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain('cannot be written');
    expect(JSON.parse(ran.stdout)).toHaveProperty('schema', 'sonde.triage/1');
  });

  it('a database of another program for --db is refused before anything is read', async () => {
    const ran = await sonde([
      'triage',
      file('calm.pcap', calmFile()),
      '--db',
      file('not.db', 'text, not a database '.repeat(60)),
    ]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('not.db');
    expect(ran.stdout).toBe('');
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe('packet times no clock could tell', () => {
  it('are brought to the nearest date, and kept in a database like any other', async () => {
    const [packet] = calm();
    const bytes = new PcapngBuilder().section().interface({ linkType: 1, tsresol: 0 });
    const path = file(
      'far.pcapng',
      bytes.packet({ ts: 2n ** 62n * 1_000_000_000n, data: packet!.data, interface: 0 }).bytes(),
    );
    const ran = await sonde(['triage', path, '--json', '--no-models', '--db', at('far.db')]);
    expect(ran.stderr).toBe('');
    expect(ran.code).toBe(0);
    expect((JSON.parse(ran.stdout) as { inputs: { firstTs: string }[] }).inputs[0]?.firstTs).toMatch(/^\+27\d{4}-/);
  });
});

describe('an interrupted run', () => {
  it('reports what it has read and says that it was stopped', async () => {
    const child = spawn(process.execPath, [MAIN, 'triage', '-', '--json', '--no-models'], { stdio: 'pipe' });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stdin.on('error', () => undefined);
    // More than is read at once.
    child.stdin.write(scanFile(30_000));
    // Long enough to be reading; the pipe stays open.
    await sleep(2500);
    child.kill('SIGINT');
    const [code] = (await once(child, 'close')) as [number];
    child.stdin.destroy();
    expect(code).toBe(4);
    const report = JSON.parse(stdout) as { inputs: { packets: number; warnings: { code: string }[] }[] };
    expect(report.inputs[0]?.warnings.map((w) => w.code)).toContain('interrupted');
  });
});

describe('standard output that cannot be written', () => {
  needs(existsSync('/dev/full'), 'the system has no /dev/full')('is said, and ends with 4', async () => {
    const path = file('calm.pcap', calmFile());
    const child = spawn('sh', [
      '-c',
      'exec "$@" > /dev/full',
      'sh',
      process.execPath,
      MAIN,
      'triage',
      path,
      '--no-models',
    ]);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code] = (await once(child, 'close')) as [number];
    expect(stderr).toContain('the disk is full');
    expect(code).toBe(4);
  });
});

describe('a full disk', () => {
  needs(canMount, 'a small file system can only be mounted by root on Linux')(
    'is said where a database is to be made, and nothing of it is left',
    async () => {
      const model = file('any.model', Buffer.alloc(100));
      // Too little for the log's index, for the log, for the tables.
      for (const size of ['20k', '60k', '200k']) {
        const small = mkdtempSync(join(tmpdir(), 'sonde-full-'));
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);
        try {
          const made = await sonde(['models', 'add', model, '--db', join(small, 'x.db')]);
          expect(made.stderr).toContain('the disk is full');
          expect(made.code).toBe(4);
          expect(readdirSync(small)).toEqual([]);
        } finally {
          execFileSync('umount', [small]);
          rmSync(small, { recursive: true });
        }
      }
    },
  );

  needs(canMount, 'a small file system can only be mounted by root on Linux')(
    'is said for --flows and --db, the report still comes, with 4',
    async () => {
      const small = mkdtempSync(join(tmpdir(), 'sonde-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', small]);
      try {
        const path = file('scan-large.pcap', scanFile(3000));
        const flows = await sonde(['triage', path, '--json', '--no-models', '--flows', join(small, 'flows.ndjson')]);
        expect(flows.stderr).toContain('the disk is full');
        expect(flows.code).toBe(4);
        expect(JSON.parse(flows.stdout)).toHaveProperty('schema', 'sonde.triage/1');
        execFileSync('sh', ['-c', `rm -f ${join(small, '*')}`]);
        const db = await sonde(['triage', path, '--json', '--no-models', '--db', join(small, 'kept.db')]);
        expect(db.stderr).toContain('the disk is full');
        expect(db.code).toBe(4);
        expect(JSON.parse(db.stdout)).toHaveProperty('schema', 'sonde.triage/1');
      } finally {
        execFileSync('umount', [small]);
        rmSync(small, { recursive: true });
      }
    },
  );
});
