import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dockerfileFaults } from '../../scripts/lib/dockerfile-lint.mjs';
import { ignoring, instructionsOf, lastOf, lineage, stagesOf } from '../../scripts/lib/dockerfile.mjs';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const outside = ignoring(readFileSync(join(root, '.dockerignore'), 'utf8'));
const inContext = (path: string): boolean => existsSync(join(root, path)) && !outside(path);

describe('the Dockerfile', () => {
  it('has no faults', () => {
    expect(dockerfileFaults(dockerfile, inContext)).toEqual([]);
  });

  it('makes two images, of one user without a name for root', () => {
    const stages = stagesOf(dockerfile);
    expect(stages.map(({ name }) => name)).toEqual(['build', 'runtime', 'serve', 'sonde']);
    for (const name of ['serve', 'sonde']) {
      expect(lastOf(stages, name, 'USER')?.text).toBe('10001:10001');
      expect(lastOf(stages, name, 'ENTRYPOINT')?.json).toEqual(['sonde']);
      expect(lineage(stages, name).map((each) => each.name)).toEqual(['runtime', name]);
    }
    expect(lastOf(stages, 'sonde', 'HEALTHCHECK')).toBeUndefined();
  });

  it('lets the desk be reached by others with TLS and users only, and asks for its health without a shell', () => {
    const command = lastOf(stagesOf(dockerfile), 'serve', 'CMD')?.json ?? [];
    for (const option of ['--tls-cert', '--tls-key', '--users']) expect(command).toContain(option);
    expect(lastOf(stagesOf(dockerfile), 'serve', 'HEALTHCHECK')?.text).toMatch(
      /CMD \["\/opt\/sonde\/node\/bin\/node",/,
    );
  });

  it('gives one file one capability, after its owner and mode', () => {
    const runs = instructionsOf(dockerfile).filter(({ name, text }) => name === 'RUN' && text.includes('setcap'));
    expect(runs).toHaveLength(1);
    const helper = '/usr/libexec/sonde/sonde-capture';
    const steps = runs[0]!.text.split(/\s*&&\s*/).filter((step) => step.includes(helper));
    expect(steps).toEqual([
      `chown root:sonde ${helper}`,
      `chmod 0750 ${helper}`,
      `setcap cap_net_raw=ep ${helper}`,
      `setcap -v cap_net_raw=ep ${helper}`,
    ]);
  });
});

describe('what the lint of Dockerfiles finds', () => {
  const good = [
    'FROM debian:bookworm-slim AS build',
    'RUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*',
    'FROM debian:bookworm-slim',
    'COPY --from=build /out /opt/sonde/',
    'COPY package.json ./',
    'USER 10001:10001',
    'ENTRYPOINT ["sonde"]',
  ];
  const faults = (change: (lines: string[]) => string[]): string[] =>
    dockerfileFaults(change([...good]).join('\n'), inContext);
  const instead = (old: string, by: string) => (lines: string[]) =>
    lines.map((line) => (line.startsWith(old) ? by : line));

  it('finds nothing in one that is right', () => {
    expect(faults((lines) => lines)).toEqual([]);
  });

  it.each([
    ['root as the last user', instead('USER', 'USER root'), 'runs as root'],
    ['no user', instead('USER', 'LABEL a=b'), 'runs as root'],
    ['root by number', instead('USER', 'USER 0:0'), 'runs as 0:0'],
    ['a user by name, whose number nobody knows', instead('USER', 'USER sonde'), 'runs as sonde'],
    ['the latest image', instead('FROM debian:bookworm-slim AS', 'FROM debian:latest AS build'), 'name a version'],
    ['an image without a version', instead('FROM debian:bookworm-slim AS', 'FROM debian AS build'), 'name a version'],
    ['ADD of an address', instead('COPY package', 'ADD https://example.invalid/x /x'), 'ADD'],
    [
      'lists of apt that stay',
      instead('RUN', 'RUN apt-get update && apt-get install -y --no-install-recommends gcc'),
      'lists of apt',
    ],
    [
      'recommended packages',
      instead('RUN', 'RUN apt-get update && apt-get install -y gcc && rm -rf /var/lib/apt/lists/*'),
      '--no-install-recommends',
    ],
    [
      'old lists of apt',
      instead('RUN', 'RUN apt-get install -y --no-install-recommends gcc && rm -rf /var/lib/apt/lists/*'),
      'without apt-get update',
    ],
    ['sudo', instead('RUN', 'RUN sudo true'), 'sudo'],
    ['steps that go on after a failure', instead('RUN', 'RUN make; make install'), 'passed over'],
    ['a failure that is passed over', instead('RUN', 'RUN make || true'), 'passed over'],
    ['a pipe', instead('RUN', 'RUN cat x | sh'), 'pipe'],
    ['something fetched', instead('RUN', 'RUN wget example.invalid/x'), 'fetched'],
    ['another capability', instead('RUN', 'RUN setcap cap_net_admin=ep /x'), 'another capability'],
    ['files that others may write to', instead('RUN', 'RUN chmod 0777 /data'), 'others may write'],
    ['a file that is not there', instead('COPY package', 'COPY nothing.json ./'), 'not there'],
    ['a file that .dockerignore keeps out', instead('COPY package', 'COPY README.md ./'), '.dockerignore'],
    ['all files', instead('COPY package', 'COPY . ./'), 'name what is wanted'],
    ['a stage that is not there', instead('COPY --from', 'COPY --from=other /out /opt/'), 'no stage other'],
    ['a start by a shell', instead('ENTRYPOINT', 'ENTRYPOINT sonde'), 'ENTRYPOINT'],
    ['another start', instead('ENTRYPOINT', 'ENTRYPOINT ["sh", "-c", "sonde"]'), 'not sonde'],
    ['a secret', instead('USER', 'ENV NPM_TOKEN=x\nUSER 10001:10001'), 'secret'],
    [
      'a health check where nothing serves',
      instead('USER', 'HEALTHCHECK CMD ["true"]\nUSER 10001:10001'),
      'health check',
    ],
    ['a desk without one', instead('ENTRYPOINT', 'ENTRYPOINT ["sonde"]\nCMD ["serve"]'), 'health check'],
  ] as const)('%s', (_, change, fault) => {
    const found = faults(change);
    expect(found.join('\n')).toContain(fault);
    expect(found[0]).toMatch(/^Dockerfile:\d+: /);
  });

  it('an instruction that is not understood is an error, and so is half of one', () => {
    expect(() => stagesOf('FROM x:1\nONBUILD RUN y')).toThrow('Dockerfile:2: ONBUILD is not understood');
    expect(() => stagesOf('FROM x:1\nRUN y \\')).toThrow('in the middle');
    expect(() => stagesOf('RUN y')).toThrow('before the first FROM');
  });
});

describe('.dockerignore', () => {
  it.each([
    'node_modules/esbuild/package.json',
    'src-main/node_modules/x',
    '.git/config',
    '.cache/x',
    '.bench/live-mix.pcap',
    'test/bench/captures/a.pcap',
    'dist/chunks/x.js',
    'build/native/linux-x64/sonde-capture',
    'release/x',
    'capture.pcapng',
    'resources/sample/mine.pcap.gz',
    'scripts/kept.db',
    'key.pem',
    '.env',
    'users.json',
    'Dockerfile',
  ])('keeps %s out', (path) => {
    expect(outside(path)).toBe(true);
  });

  it.each(['package.json', '.npmrc', 'src-main/run/cli/main.ts', 'resources/sample/office-hour.pcapng.gz'])(
    'lets %s in',
    (path) => {
      expect(outside(path)).toBe(false);
    },
  );

  it('is read as engines do: the last pattern that fits decides, and folders take their contents along', () => {
    const ignored = ignoring('# a list\n*.log\n!keep.log\na/**/b\n**/c\nd/\n');
    expect(['x.log', 'keep.log', 'a/b', 'a/x/y/b/z', 'c', 'x/c/y', 'd/e', 'x/x.log', 'dd'].filter(ignored)).toEqual([
      'x.log',
      'a/b',
      'a/x/y/b/z',
      'c',
      'x/c/y',
      'd/e',
    ]);
  });
});
