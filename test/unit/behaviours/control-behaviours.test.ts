import { describe, expect, it } from 'vitest';
import { Beaconing } from '../../../src-main/detect/behaviours/beaconing.ts';
import { scoreBeacon } from '../../../src-main/detect/behaviours/common/beacon-score.ts';
import { encodedBody, HttpGate } from '../../../src-main/detect/behaviours/http-gate.ts';
import { RawControl } from '../../../src-main/detect/behaviours/raw-control.ts';
import { TlsControl } from '../../../src-main/detect/behaviours/tls-control.ts';
import { WormSpread } from '../../../src-main/detect/behaviours/worm-spread.ts';
import { Bench, times } from './message-bench.ts';

const A = '10.0.0.66';
const OUT = '203.0.113.5';

/** Deterministic jitter, −1…1. */
const jitter = (i: number): number =>
  (Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i << 13), 0x85ebca6b) >>> 8) / 0x800000 - 1;

describe('the beacon score', () => {
  it('is 1 for clockwork of one size', () => {
    expect(
      scoreBeacon(
        times(20, (i) => i * 60),
        times(20, () => 300),
      ).score,
    ).toBeCloseTo(1, 2);
  });
  it('stays high with 10 % jitter, at two seconds as at an hour', () => {
    for (const period of [2, 3600]) {
      const score = scoreBeacon(
        times(60, (i) => (i + jitter(i) * 0.1) * period),
        times(60, () => 300),
      );
      expect(score.score).toBeGreaterThan(0.9);
      expect(score.jitter).toBeLessThan(0.15);
    }
  });
  it('is low for a person who browses', () => {
    const gaps = times(60, (i) => [1, 2, 45, 3, 300, 1, 7, 90, 2, 600][i % 10]!);
    let now = 0;
    expect(
      scoreBeacon(
        gaps.map((gap) => (now += gap)),
        times(60, (i) => 200 + ((i * 97) % 13) * 400),
      ).score,
    ).toBeLessThan(0.6);
  });
});

describe('beaconing', () => {
  const call = (i: number, to = OUT, port = 4444, period = 30) => ({
    at: i * period + jitter(i) * 0.5,
    from: A,
    to,
    port,
    up: 320,
    down: 180,
  });
  const lookup = (bench: Bench, name: string, address: string) =>
    bench.message('dns', { at: 0, from: A, to: '10.0.0.53', response: true, qname: name, addresses: [address] });

  it('is a dozen calls on a schedule to an address without a name on an odd port', () => {
    const bench = new Bench(new Beaconing());
    bench.see(lookup(bench, 'www.example.com', '198.51.100.1'));
    const [finding] = bench.ended(
      times(12, (i) => call(i)),
      true,
    );
    expect(finding).toMatchObject({ kind: 'command-and-control', severity: 'critical', ports: [4444] });
    expect(finding!.evidence[1]!.value).toBeCloseTo(30, 0);
  });

  it('asks for far more calls to a place with a name on a usual port', () => {
    const few = new Bench(new Beaconing());
    few.see(lookup(few, 'api.vendor.example', OUT));
    few.ended(
      times(40, (i) => ({ ...call(i, OUT, 443, 5), service: 'ssl' })),
      true,
    );
    expect(few.finish()).toEqual([]);
    const many = new Bench(new Beaconing());
    many.see(lookup(many, 'api.vendor.example', OUT));
    const [finding] = many.ended(
      times(150, (i) => ({ ...call(i, OUT, 443, 5), service: 'ssl' })),
      true,
    );
    expect(finding).toMatchObject({ severity: 'warning', domains: ['api.vendor.example'] });
  });

  it('is not NTP, mail polling, industrial polling, readable heartbeats to a vendor, or calls in vain', () => {
    const bench = new Bench(new Beaconing());
    bench.see(lookup(bench, 'bridge.vendor.example', '198.51.100.9'));
    bench.ended(
      times(100, (i) => ({ ...call(i, OUT, 123, 16), proto: 17 })),
      true,
    );
    bench.ended(
      times(100, (i) => ({ ...call(i, '198.51.100.2', 993, 60), service: 'ssl,imap' })),
      true,
    );
    bench.ended(
      times(100, (i) => call(i, '10.0.0.40', 502, 1)),
      true,
    );
    bench.ended(
      times(150, (i) => ({ ...call(i, '198.51.100.9', 80, 3), service: 'http' })),
      true,
    );
    bench.ended(
      times(100, (i) => ({ ...call(i, '198.51.100.3', 9000, 5), up: 0, down: 0 })),
      true,
    );
    expect(bench.finish().filter((finding) => finding.severity !== 'info')).toEqual([]);
  });
});

describe('HTTP that controls programs', () => {
  const ask = (bench: Bench, at: number, rest: Record<string, unknown>) =>
    bench.message('http', { at, from: A, to: OUT, method: 'GET', flow: 1, ...rest });

  it('asks a bare address on a schedule, over several paths in no order', () => {
    const bench = new Bench(new HttpGate());
    const paths = ['/news.php', '/admin/get.php', '/login/process.php'];
    const [finding] = bench.see(
      ...times(20, (i) => ask(bench, i * 5 + jitter(i) * 0.1, { host: OUT, uri: paths[(i * i + 1) % 3] })),
    );
    expect(finding).toMatchObject({ kind: 'command-and-control', technique: [{ id: 'T1071.001' }] });
    expect(bench.addresses(finding!.sources)).toEqual([A]);
  });

  it('posts encoded data with new random values to a script, in the name of an old browser', () => {
    const bench = new Bench(new HttpGate());
    const agent = 'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; WOW64; Trident/7.0)';
    const [finding] = bench.see(
      ...times(3, (i) => [
        ask(bench, i * 20, {
          method: 'POST',
          host: 'shop-example.net',
          uri: `/76N1Lm.php?n=x4t${i}7t4jo6`,
          agent,
          body: `o=${'6b78763868333361'.repeat(8)}`,
        }),
        bench.message('http', { at: i * 20 + 1, from: A, to: OUT, flow: 1, fromOrig: false, status: 200, length: 14 }),
      ]).flat(),
    );
    expect(finding).toMatchObject({ kind: 'command-and-control', domains: ['shop-example.net'] });
  });

  it('brings a program in under a false ending from a bare address', () => {
    const bench = new Bench(new HttpGate());
    const [finding] = bench.see(
      ask(bench, 0, { host: `${OUT}:8088`, uri: '/images/cursor.png', respPort: 8088, agent: '' }),
      bench.message('http', {
        at: 1,
        from: A,
        to: OUT,
        flow: 1,
        fromOrig: false,
        status: 200,
        length: 400_000,
        contentType: 'application/x-msdownload',
        respPort: 8088,
      }),
    );
    expect(finding?.summary).toContain('fetches a program from /images/cursor.png');
  });

  it('is not a device that posts to its vendor, a page that refreshes, printing, or a web console', () => {
    const bench = new Bench(new HttpGate());
    bench.see(
      ...times(60, (i) =>
        ask(bench, i * 5, {
          host: 'bridge.vendor.example',
          method: 'POST',
          agent: '',
          uri: `/queue/getmessage?duration=180000&interval=25&sso=${'9f3a'.repeat(20)}`,
          body: 'abcdefgh',
        }),
      ),
    );
    bench.see(
      ...times(60, (i) =>
        ask(bench, i * 10, {
          to: '198.51.100.3',
          host: 'news.example',
          uri: i % 4 === 0 ? '/feed.json' : `/img/${i}.png`,
        }),
      ),
    );
    bench.see(
      ...times(60, (i) => ask(bench, i * 10, { to: '10.0.0.2', host: '10.0.0.2', uri: '/status.json', flow: 9 })),
    );
    bench.see(
      ...times(20, (i) =>
        ask(bench, i * 10, {
          to: '10.0.0.3',
          host: '10.0.0.3:631',
          respPort: 631,
          method: 'POST',
          uri: '/ipp/print',
          contentType: 'application/ipp',
          flow: 10,
          body: '\u0001\u0001\u0040\u0002'.repeat(20),
        }),
      ),
    );
    expect(bench.finish()).toEqual([]);
  });

  it('tells encoded bodies from forms, JSON and pictures', () => {
    expect(encodedBody(`data=${'0a1b2c3d4e5f6071'.repeat(6)}`)).toBe('field');
    expect(encodedBody('9f'.repeat(4) + '0c8a7d3e'.repeat(12))).toBe('whole');
    for (const body of [
      'user=anna&city=Springfield&note=hello+world',
      '{"temperature": 21.5, "unit": "celsius"}',
      `\x89PNG\r\n${'\u00ff\u0003\u0099'.repeat(60)}`,
      'comment=Thanks+for+the+quick+answer%2C+it+works+well+now+on+both+machines',
    ]) {
      expect(encodedBody(body)).toBe('');
    }
  });
});

describe('control without a protocol', () => {
  const say = (bench: Bench, text: string, fromOrig = true, from = A, to = OUT) =>
    bench.message('payload', { at: 1, from, to, fromOrig, text, size: text.length, respPort: 4444 });

  it.each([
    ['a shell that answers', 'uid=0(root) gid=0(root)\n', true, 'is controlled through a bare command shell by'],
    [
      'a Windows shell',
      'Microsoft Windows [Version 10.0.17763]\r\n(c) 2018 Microsoft Corporation.',
      true,
      'bare command shell',
    ],
    ['a command from the side that was called', 'whoami\n', false, 'bare command shell'],
    [
      'a report for duty',
      'lv|\u0027|\u0027|SGFjS2Vk|\u0027|\u0027|WIN-7AB2CD3EF4G|\u0027|\u0027|Administrator|\u0027|\u0027|Win 7 Ultimate',
      true,
      'reports facts about its system',
    ],
    ['orders to bots', ':op!o@h PRIVMSG #net :.ddos 198.51.100.9 80\r\n', false, 'commands bots'],
    ['a hidden back door', 'AB;perl -MIO -e \u0027system(1)\u0027', true, 'used a back door'],
  ])('is seen: %s', (_, text, fromOrig, words) => {
    const bench = new Bench(new RawControl());
    const [finding] = bench.see(say(bench, text, fromOrig));
    expect(finding?.title).toContain(words);
  });

  it('names the machine that called as the controlled one', () => {
    const bench = new Bench(new RawControl());
    const [finding] = bench.see(say(bench, 'whoami\n', false));
    expect([bench.addresses(finding!.sources), bench.addresses(finding!.targets)]).toEqual([[A], [OUT]]);
  });

  it('is not chat, monitoring, or protocols of products', () => {
    const bench = new Bench(new RawControl());
    for (const text of [
      'NICK anna\r\nUSER anna 0 * :Anna\r\n',
      ':anna!a@h PRIVMSG #garden :who scans the download page today?\r\n',
      'ZBXD\u0001agent|Windows Server 2019|host|Administrator|x|y|z zabbix',
      'HELLO 1.0\r\nVERSION 3\r\n',
      '\u0000\u0000\u0000\u0010\u0001\u0002Windows',
    ]) {
      bench.see(say(bench, text));
    }
    expect(bench.finish()).toEqual([]);
  });
});

describe('certificates made for the purpose', () => {
  const hello = (bench: Bench, flow: number, sni: string) =>
    bench.message('tls', { at: flow, from: A, to: OUT, flow, respPort: 449, sni });
  const certificate = (bench: Bench, flow: number, subject: string, issuer: string) =>
    bench.message('tls', {
      at: flow + 0.1,
      from: A,
      to: OUT,
      flow,
      respPort: 449,
      fromOrig: false,
      what: 'certificate',
      subject,
      issuer,
    });

  it('are self-issued with example names, without a server name, on an odd port', () => {
    const bench = new Bench(new TlsControl());
    const subject = 'C=AU,ST=Some-State,O=Internet Widgits Pty Ltd';
    const [finding] = bench.see(hello(bench, 1, ''), certificate(bench, 1, subject, subject));
    expect(finding).toMatchObject({ kind: 'command-and-control', severity: 'critical' });
  });

  it('are not those of a public authority, nor an appliance that is asked for by name', () => {
    const bench = new Bench(new TlsControl());
    bench.see(
      hello(bench, 1, 'www.example.com'),
      certificate(bench, 1, 'CN=www.example.com', 'C=US,O=Public CA,CN=R3'),
    );
    bench.see(
      hello(bench, 2, 'vpn.firm.example'),
      certificate(bench, 2, 'O=Firm,CN=vpn.firm.example', 'O=Firm,CN=vpn.firm.example'),
    );
    expect(bench.finish().filter((finding) => finding.severity !== 'info')).toEqual([]);
  });

  it('give remote-control kits away by name', () => {
    const bench = new Bench(new RawControl());
    expect(bench.see(certificate(bench, 1, 'CN=AsyncRAT Server', 'CN=AsyncRAT Server'))[0]).toMatchObject({
      kind: 'command-and-control',
    });
  });
});

describe('spreading', () => {
  it('is a machine of ours that knocks at random places on the doors of devices', () => {
    const bench = new Bench(new WormSpread());
    const [finding] = bench.ended(
      times(40, (i) => ({ at: i, from: A, to: `198.51.${i}.77`, port: i % 3 === 0 ? 2323 : 23, state: 1 })),
      true,
    );
    expect(finding).toMatchObject({ kind: 'command-and-control', targetsTotal: 40 });
    expect(bench.addresses(finding!.sources)).toEqual([A]);
  });

  it('is not an inventory inside, nor telnet to a few', () => {
    const bench = new Bench(new WormSpread());
    bench.ended(
      times(200, (i) => ({ at: i * 0.1, from: A, to: `10.0.1.${i}`, port: 23 })),
      true,
    );
    bench.ended(
      times(100, (i) => ({ at: i, from: A, to: `198.51.100.${i % 5}`, port: 23 })),
      true,
    );
    expect(bench.finish()).toEqual([]);
  });
});
