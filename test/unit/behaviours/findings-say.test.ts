/** What findings say: true of the one they name, in plain words, with numbers that mean something. */
import { describe, expect, it } from 'vitest';
import { ArpSpoofing } from '../../../src-main/detect/behaviours/arp-spoofing.ts';
import { BruteForce } from '../../../src-main/detect/behaviours/brute-force.ts';
import { within } from '../../../src-main/detect/behaviours/common/words.ts';
import { DhcpAbuse } from '../../../src-main/detect/behaviours/dhcp-abuse.ts';
import { flood } from '../../../src-main/detect/behaviours/flood.ts';
import { hostSweep } from '../../../src-main/detect/behaviours/host-sweep.ts';
import { LoginFlows } from '../../../src-main/detect/behaviours/login-flows.ts';
import { PolicyViolation } from '../../../src-main/detect/behaviours/policy-violation.ts';
import { RawControl } from '../../../src-main/detect/behaviours/raw-control.ts';
import { WindowsRemote } from '../../../src-main/detect/behaviours/windows-remote.ts';
import type { Finding } from '../../../src-main/detect/types.ts';
import { responseTo } from '../../../src-shared/domain/incident.ts';
import { PROTO, Stage } from './harness.ts';
import { Bench, START, times } from './message-bench.ts';
import { faults } from './plain-words.ts';

const A = '10.0.0.66';
const S = '10.0.0.9';
const OUT = '203.0.113.5';

const facts = (finding: Finding | undefined): string[] => finding?.evidence.map((one) => one.fact) ?? [];

describe('a readable SNMP community', () => {
  const snmp = (bench: Bench, pdu: string, fromOrig: boolean) =>
    bench.message('snmp', { at: 0, from: A, to: OUT, community: 'public', pdu, fromOrig });

  it('was sent by who asked with it', () => {
    const bench = new Bench(new PolicyViolation());
    const [finding] = bench.see(snmp(bench, 'get', true));
    expect(bench.addresses(finding!.sources)).toEqual([A]);
    // Other kinds of policy violations, such as those that rules name, have no password that crossed the network.
    expect(finding!.response?.join(' ')).toContain('change the password');
    expect(responseTo('policy-violation', []).join(' ')).not.toContain('password');
    expect(finding!.evidence[0]).toEqual({
      fact: 'Messages with readable credentials',
      value: 1,
      expected: null,
      unit: 'messages',
    });
  });

  it('was not sent by who only got an answer to a question in its name, or that question back', () => {
    const bench = new Bench(new PolicyViolation());
    expect(bench.see(snmp(bench, 'response', false), snmp(bench, 'response', true))).toEqual([]);
    expect(bench.see(snmp(bench, 'get-bulk', false))).toEqual([]);
  });
});

describe('a flood of DHCP messages', () => {
  it('that lease nothing is not called starvation, and is one client with all its servers', () => {
    const bench = new Bench(new DhcpAbuse());
    const [finding] = bench.see(
      ...times(1500, (i) =>
        bench.message('dhcp', {
          at: i * 0.01,
          from: `10.1.${i >> 8}.${i & 255}`,
          to: `10.2.${i >> 8}.${i & 255}`,
          type: 8,
          clientMac: '00:11:22:33:44:55',
        }),
      ),
    );
    expect(finding!.title).toBe('One client (00:11:22:33:44:55) sent 1,500 DHCPINFORM messages in 15 seconds');
    expect(finding!.summary).toContain('lease no address');
    expect(finding!.summary).not.toContain('new machines get none');
    expect([finding!.sourcesTotal, finding!.targets.length, finding!.targetsTotal]).toEqual([1, 1000, 1500]);
    expect(finding!.packets).toBe(1500);
    expect(facts(finding)).toContain('IP addresses under which the client asked');
    expect(faults(finding!)).toEqual([]);
  });

  it('that ask for addresses, of many cards, is', () => {
    const bench = new Bench(new DhcpAbuse());
    const [finding] = bench.see(
      ...times(100, (i) =>
        bench.message('dhcp', {
          at: i * 0.1,
          from: '0.0.0.0',
          to: '255.255.255.255',
          clientMac: `02:00:00:00:00:${i}`,
        }),
      ),
    );
    expect(finding!.title).toMatch(/^100 clients sent 100 DHCPDISCOVER messages in /);
    expect(finding!.summary).toContain('the address pool can be used up');
  });
});

describe('what is quoted of a shell', () => {
  it.each([
    'net user anna S3cret /add',
    'sshpass -p S3cret ssh root@h',
    'mysql -u root -pS3cret',
    'curl -u anna:S3cret http://h/x',
    'wget --user=anna --password S3cret http://h/x',
    "login('anna', 'S3cret')",
    'echo anna:S3cret | chpasswd',
    'root:$6$S3cret:18000:0',
    'Password: S3cret',
  ])('hides the secret of %s', (line) => {
    const bench = new Bench(new RawControl());
    const text = `uid=0(root) gid=0(root)\n${line}\ncat /etc/passwd\n`;
    const said = { at: 10, from: A, to: OUT, respPort: 4444, text, fromOrig: true, flow: 1 };
    const [finding] = bench.see(bench.message('payload', said));
    expect(finding!.summary).toContain('uid=0(root)');
    expect(finding!.summary).toContain('cat /etc/passwd');
    expect(finding!.summary).not.toContain('S3cret');
  });
});

describe('a shell over a bare connection', () => {
  const shell = (bench: Bench, text: string, fromOrig: boolean) =>
    bench.message('payload', { at: 10, from: A, to: OUT, respPort: 4444, text, fromOrig, flow: 1 });

  it('lasts until its connection ends, and asks for the machine to be isolated', () => {
    const bench = new Bench(new RawControl());
    expect(bench.see(shell(bench, 'whoami\n', false))[0]).toMatchObject({ last: { sec: START + 10 } });
    const [finding] = bench.ended([{ at: 8, from: A, to: OUT, port: 4444, seconds: 1700 }]);
    expect(finding).toMatchObject({ first: { sec: START + 10 }, last: { sec: START + 1708 } });
    expect(finding!.response![0]).toMatch(/^Isolate 10\.0\.0\.66 from the network now, and treat it as compromised/);
    expect(facts(finding)).toContain('From the first sign to the end of the connection');
  });

  it('belongs to who sends its output, whoever opened the connection', () => {
    const bench = new Bench(new RawControl());
    const [finding] = bench.see(shell(bench, 'uid=0(root) gid=0(root)\n', false));
    expect(finding!.title).toBe(`${OUT} is controlled through a bare command shell by ${A}`);
    expect(bench.addresses(finding!.sources)).toEqual([OUT]);
  });
});

describe('guessing over SSH', () => {
  it('is told as what packet sizes say, without accounts that cannot be seen', () => {
    const bench = new Bench(new BruteForce());
    bench.see(...times(20, (i) => bench.message('ssh', { at: i, from: A, to: S, what: 'auth-failed' })));
    const [finding] = bench.see(bench.message('ssh', { at: 21, from: A, to: S, what: 'auth-succeeded' }));
    expect(finding!.title).toContain('about 20 failures');
    expect(finding!.summary).toContain('failed about 20 times in 21 seconds, judged from packet sizes');
    expect(finding!.summary).toContain('A login seems to have succeeded');
    expect(facts(finding).some((fact) => fact.startsWith('Accounts'))).toBe(false);
    expect(finding!.evidence.find((one) => one.fact === 'Logins that seem to have succeeded')?.value).toBe(1);
  });

  it('counts the large session that follows between the same hosts, even in a later delivery', () => {
    const bench = new Bench(new LoginFlows());
    const session = (i: number) => ({ at: i * 3, from: A, to: S, port: 22, seconds: 2, up: 1500, down: 2000 });
    bench.ended(times(20, session));
    const [finding] = bench.ended([{ ...session(20), seconds: 16, up: 40_000, down: 460_000 }]);
    expect(finding!.evidence[0]!.value).toBe(20);
    expect(finding!.evidence.at(-1)).toMatchObject({
      fact: 'Longer or larger sessions between the same hosts (the largest: 500 kB)',
      value: 1,
    });
  });
});

describe('the volume of a flood', () => {
  it('is divided by the time it took, not by whole seconds', () => {
    const stage = new Stage(flood);
    const T = 1_700_000_000;
    stage.see({
      events: times(3000, (i) => ({ at: T + 0.25 + i / 6000, from: OUT, to: S, respPort: 80, flow: i })),
      pulses: [
        {
          host: S,
          second: T,
          packetsIn: 3000,
          packetsOut: 7,
          synIn: 3000,
          bytesIn: 120_000,
          sendersIn: 1,
          topTargetPort: 80,
          topSender: OUT,
          topSenderPackets: 3000,
        },
      ],
    });
    const [finding] = stage.finish();
    const seconds = finding!.last.sec - finding!.first.sec + (finding!.last.nano - finding!.first.nano) / 1e9;
    expect(seconds).toBeCloseTo(0.5, 1);
    expect(facts(finding)).toContain('Volume (1.9 Mbit/s on average)');
    expect(facts(finding)).toContain(`Packets that ${S} sent meanwhile`);
    expect([finding!.packets, finding!.bytes]).toEqual([3000, 120_000]);
    expect(faults(finding!)).toEqual([]);
  });
});

describe('remote administration', () => {
  it('is told apart by kind in every line of evidence', () => {
    const bench = new Bench(new WindowsRemote());
    const smb = (at: number, command: string, path: string) =>
      bench.message('smb', { at, from: A, to: S, command, path, share: '\\\\srv\\ADMIN$', status: 0 });
    bench.see(smb(0, 'tree connect', '\\\\srv\\ADMIN$'), smb(1, 'create', 'tool.exe'), smb(2, 'create', 'PSEXESVC'));
    const findings = bench.finish();
    const labels = findings.map((finding) => finding.evidence[0]!.fact);
    expect(labels.length).toBeGreaterThan(1);
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.every((label) => label.startsWith('Calls or files with which 10.0.0.66 '))).toBe(true);
  });
});

describe('ARP spoofing', () => {
  const THIEF = '00:11:22:00:00:66';
  const arp = (bench: Bench, at: number, mac: string, from: string, to: string, unicast = '') =>
    bench.message('arp', {
      at,
      from,
      to,
      operation: unicast === '' ? 1 : 2,
      senderMac: mac,
      targetMac: unicast,
      frameSource: mac,
      frameTarget: unicast === '' ? 'ff:ff:ff:ff:ff:ff' : unicast,
      flow: -1,
    });
  const VICTIM = '00:11:22:00:00:20';

  it('begins with the first false claim and ends with the last, whatever the card says before and after', () => {
    const bench = new Bench(new ArpSpoofing());
    bench.see(
      arp(bench, 0, '00:11:22:00:00:01', '10.0.0.1', '10.0.0.20'),
      arp(bench, 1, THIEF, A, '10.0.0.1'),
      ...times(10, (i) => arp(bench, 2400 + i * 5, THIEF, '10.0.0.1', '10.0.0.20', VICTIM)),
      arp(bench, 3000, THIEF, A, '10.0.0.7'),
    );
    const [finding] = bench.finish();
    expect(finding).toMatchObject({ first: { sec: START + 2400 }, last: { sec: START + 2445 }, packets: 10 });
    expect(bench.addresses(finding!.sources)).toEqual([A]);
    expect(finding!.summary).toContain('that 00:11:22:00:00:01 also has');
  });

  it('says nothing of other cards where none was seen with the address', () => {
    const bench = new Bench(new ArpSpoofing());
    bench.see(arp(bench, 0, THIEF, A, '10.0.0.1'), arp(bench, 8, THIEF, '10.0.0.1', '10.0.0.20', VICTIM));
    const [finding] = bench.finish();
    expect(finding!.summary).toContain('claimed 1 address beside the one it uses openly');
    expect(facts(finding)).toEqual(['Addresses claimed by one card', 'Answers nobody asked for']);
    expect(finding!.evidence.every((one) => one.value > 0)).toBe(true);
  });
});

describe('plain words', () => {
  it('call pinging pinging', () => {
    const stage = new Stage(hostSweep);
    stage.see({
      events: times(40, (i) => ({
        at: 1_700_000_000 + i * 0.01,
        from: A,
        to: `10.0.1.${i + 1}`,
        proto: PROTO.ICMP,
        origPort: 8,
        respPort: 0,
        flow: i,
      })),
    });
    const [finding] = stage.finish();
    expect(finding!.title).toBe('10.0.0.66 pinged 40 hosts in 390 ms');
    expect(finding!.summary).toMatch(/^10\.0\.0\.66 pinged 40 hosts\. /);
    expect(facts(finding)[0]).toBe('Hosts pinged in 390 ms');
  });

  it('leave out the time of a single moment', () => {
    expect([within(0), within(11)]).toEqual(['', ' in 11 seconds']);
  });
});
