import { describe, expect, it } from 'vitest';
import type { Probe } from '../../../src-main/meter/capture/client/run-helper.ts';
import { helperPlaces } from '../../../src-main/meter/capture/access/places.ts';
import { captureAccess, quoted, type Access, type System } from '../../../src-main/meter/capture/access/state.ts';

const places = helperPlaces('/opt/a sonde', '/opt/a sonde/resources', '/usr/libexec/sonde/sonde-capture');
const version = { version: '0.1.0', protocol: 1, capture: true };

interface Situation {
  installed?: Probe['status'];
  shipped?: Probe['status'];
  system?: Partial<System>;
}

function probeOf(path: string, status: Probe['status']): Probe {
  if (status === 'ready') return { status, path, version };
  if (status === 'no-capability') return { status, path, version: { ...version, capture: false } };
  return { status, path, why: 'a reason' };
}

function access({ installed = 'missing', shipped = 'missing', system = {} }: Situation): Promise<Access> {
  return captureAccess(places, {
    platform: 'linux',
    isRoot: false,
    user: 'ada',
    groups: [1000],
    probe: (path) => Promise.resolve(probeOf(path, path === places.installed ? installed : shipped)),
    group: () => Promise.resolve(null),
    exists: () => false,
    readable: () => false,
    cap: () => Promise.resolve(true),
    dumpcap: () => undefined,
    noNewPrivileges: () => false,
    ...system,
  });
}

const install = `sudo sh '/opt/a sonde/resources/linux/install-helper.sh' '${places.shipped}'`;

describe('on Linux', () => {
  it('the installed helper captures', async () => {
    expect(await access({ installed: 'ready', shipped: 'no-capability' })).toMatchObject({
      engine: 'helper',
      path: places.installed,
      cure: null,
    });
  });

  it('root captures with the helper of the checkout', async () => {
    expect(await access({ shipped: 'ready', system: { isRoot: true } })).toMatchObject({
      engine: 'helper',
      path: places.shipped,
      cure: null,
    });
  });

  it('a built helper that is not installed is installed by a command that fits this folder', async () => {
    const found = await access({ shipped: 'no-capability' });
    expect(found).toMatchObject({ engine: null, path: null });
    expect(found.cure?.command).toBe(install);
  });

  it('one that is not built is built first', async () => {
    expect((await access({})).cure?.command).toBe('npm run setup');
  });

  it('a lost capability is given back', async () => {
    const found = await access({ installed: 'no-capability' });
    expect(found.cure?.command).toBe('sudo setcap cap_net_raw=ep /usr/libexec/sonde/sonde-capture');
  });

  it('under no_new_privs it is not the file that is at fault', async () => {
    const found = await access({ installed: 'no-capability', system: { noNewPrivileges: () => true } });
    expect(found).toMatchObject({ engine: null, cure: { command: null } });
    expect(found.message).toContain('no_new_privs');
    expect(found.cure?.text).toContain('--security-opt no-new-privileges');
  });

  it('where nothing may have the capability, that is said', async () => {
    const found = await access({ installed: 'not-allowed' });
    expect(found).toMatchObject({ engine: null, cure: { command: null } });
    expect(found.cure?.text).toContain('--cap-add=NET_RAW');
  });

  it.each(['refused', 'broken', 'wrong-version'] as const)(
    'an installed helper that is %s is replaced',
    async (status) => {
      const found = await access({ installed: status, shipped: 'no-capability' });
      expect(found).toMatchObject({ engine: null, helper: { status } });
      expect(found.message).toContain('a reason');
      expect(found.cure?.command).toBe(install);
    },
  );

  it('who is not in the group joins it, by pkexec where the package brought the means', async () => {
    expect((await access({ installed: 'not-executable' })).cure?.command).toBe(
      'sudo usermod --append --groups sonde ada',
    );
    const packaged = await access({ installed: 'not-executable', system: { exists: () => true } });
    expect(packaged.cure?.command).toBe('pkexec /usr/libexec/sonde/sonde-capture-install');
  });

  it('who joined the group since the login is told to log in again', async () => {
    const group = { id: 995, members: ['bob', 'ada'] };
    const found = await access({ installed: 'not-executable', system: { group: () => Promise.resolve(group) } });
    expect(found.message).toContain('next login');
    expect(found.cure?.command).toBe('newgrp sonde');
  });

  it('dumpcap and, for root, cap stand in, and the cure is told all the same', async () => {
    const dumpcap = await access({ shipped: 'no-capability', system: { dumpcap: () => '/usr/bin/dumpcap' } });
    expect(dumpcap).toMatchObject({ engine: 'dumpcap', path: '/usr/bin/dumpcap' });
    expect(dumpcap.cure?.command).toBe(install);
    const cap = await access({ shipped: 'missing', system: { isRoot: true } });
    expect(cap).toMatchObject({ engine: 'cap', cure: { command: 'npm run setup' } });
  });
});

describe('elsewhere', () => {
  it('Windows without Npcap names its page', async () => {
    const found = await access({ system: { platform: 'win32', cap: () => Promise.resolve(false) } });
    expect(found).toMatchObject({ engine: null, cure: { url: 'https://npcap.com/#download', command: null } });
  });

  it('Windows with Npcap captures with cap', async () => {
    expect(await access({ system: { platform: 'win32', exists: () => true } })).toMatchObject({
      engine: 'cap',
      cure: null,
    });
  });

  it('macOS needs devices that the user may read', async () => {
    expect(await access({ system: { platform: 'darwin', readable: () => true } })).toMatchObject({ engine: 'cap' });
    const found = await access({ system: { platform: 'darwin' } });
    expect(found).toMatchObject({ engine: null });
    expect(found.cure?.command).toContain('/dev/bpf*');
  });
});

it('quotes what a shell would take apart', () => {
  expect(quoted('/usr/bin/a-b_c.d')).toBe('/usr/bin/a-b_c.d');
  expect(quoted("it's; rm")).toBe(`'it'\\''s; rm'`);
});
