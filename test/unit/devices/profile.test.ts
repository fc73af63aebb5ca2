import { describe, expect, it } from 'vitest';
import type { TriageReport } from '../../../src-shared/domain/report.ts';
import { generate } from '../../generator/scenario.ts';
import { behaviours } from '../behaviours/harness.ts';
import { CARD, House } from './house.ts';

const CLOUD = '203.0.113.9';
const ELSEWHERE = '198.51.100.77';
const of = (report: TriageReport, kind: string) => report.incidents.filter((incident) => incident.kind === kind);

/** A plug that reports to its maker's cloud every 30 seconds for `minutes`, on a port of its own. */
const plug = (minutes: number, card: string = CARD.espressif): House =>
  new House(card)
    .dhcp({ hostname: 'ESP_1A2B3C', parameters: [1, 3, 28, 6] })
    .lookup('report.cloud.example', CLOUD)
    .every(30, 10, minutes * 2, CLOUD, 8886);

describe('what a device does from its first minutes', () => {
  it('is its work and no call for orders', async () => {
    expect((await plug(40).report()).incidents).toEqual([]);
  });

  it('is told of a machine of which nothing is known', async () => {
    const report = await new House(CARD.made)
      .lookup('report.cloud.example', CLOUD)
      .every(30, 10, 80, CLOUD, 8886)
      .report();
    expect(of(report, 'command-and-control')).toMatchObject([{ severity: 'warning' }]);
  });

  it('is a note where no name led there, once the device is known for half an hour', async () => {
    const house = (minutes: number) =>
      new House(CARD.hikvision)
        .lookup('time.example', '198.51.100.1')
        .every(30, 10, minutes * 2, CLOUD, 8886)
        .report();
    const [noted] = of(await house(60), 'command-and-control');
    expect(noted).toMatchObject({ severity: 'info', sources: ['192.168.1.40'], targets: [CLOUD] });
    expect(noted!.evidence[4]).toEqual({
      fact: 'A note only. Taken for a device of the kind “Camera”, in this rhythm since its first minutes; places it turns to',
      value: 1,
      expected: null,
      unit: 'places',
    });
    expect(of(await house(20), 'command-and-control')).toMatchObject([{ severity: 'critical' }]);
  });

  it('does not excuse a name that anybody may have', async () => {
    const report = await new House(CARD.espressif)
      .lookup('front-door.duckdns.org', CLOUD)
      .every(30, 10, 80, CLOUD, 8886)
      .report();
    expect(of(report, 'command-and-control')).toMatchObject([{ severity: 'warning' }]);
  });

  it('does not excuse what begins later', async () => {
    const report = await plug(60).every(20, 2400, 40, ELSEWHERE, 4444).report();
    const [found, ...others] = of(report, 'command-and-control');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'critical', targets: [ELSEWHERE] });
    expect(found!.evidence).toContainEqual({
      fact: 'Taken for a device of the kind “Smart-home device”; it was known before it began with this for',
      value: 2390,
      expected: null,
      unit: 's',
    });
  });

  it('does not excuse another port of the same place', async () => {
    const report = await plug(60).every(20, 2400, 40, CLOUD, 4444).report();
    expect(of(report, 'command-and-control')).toMatchObject([{ severity: 'warning', ports: [4444] }]);
  });

  it('does not excuse a device that looks for hosts everywhere', async () => {
    const house = plug(60);
    for (let i = 0; i < 60; i++) house.talk({ at: 40 + i, to: `198.51.100.${i + 100}`, port: 23, outcome: 'silent' });
    expect(of(await house.report(), 'command-and-control')).toMatchObject([{ severity: 'critical' }]);
  });

  it('covers its maker’s own cloud from whenever it is called', async () => {
    const house = (name: string) =>
      new House(CARD.philips)
        .talk({ at: 5, to: ELSEWHERE, port: 443 })
        .lookup(name, CLOUD, 2400)
        .every(30, 2410, 40, CLOUD, 8886)
        .report();
    expect((await house('ws.meethue.com')).incidents).toEqual([]);
    expect(of(await house('ws.meethue.com.evil.example'), 'command-and-control')).toHaveLength(1);
  });
});

/** The plug above, known for 50 minutes, and what it does then. */
const later = (act: (house: House) => void): Promise<TriageReport> => {
  const house = plug(60);
  act(house);
  return house.report();
};

describe('a device that reaches beyond its narrow profile', () => {
  it('is loud: a lamp that scans is one step more severe, and the reason stands first', async () => {
    const report = await later((house) => {
      for (let port = 1; port <= 40; port++)
        house.talk({ at: 3000 + port / 10, to: '192.168.1.20', port, outcome: 'refuses' });
    });
    const [scan, ...others] = of(report, 'port-scan');
    expect(others).toEqual([]);
    expect(scan).toMatchObject({ severity: 'critical', sources: ['192.168.1.40'] });
    expect(scan!.evidence[0]).toEqual({
      fact: 'Raised from warning to critical: 192.168.1.40 is taken for a device of the kind “Smart-home device” (calls itself “ESP_1A2B3C”), and none of these tries ports by itself; places it had turned to in its first half hour: 1',
      value: 1,
      expected: 1,
      unit: 'host',
    });
  });

  it('is a warning from five silent hosts, where a computer may fail at fourteen', async () => {
    const five = (house: House) => {
      for (let i = 0; i < 5; i++) house.talk({ at: 3000 + i, to: `192.168.1.${60 + i}`, port: 80, outcome: 'silent' });
    };
    expect(of(await later(five), 'host-sweep')).toMatchObject([{ severity: 'warning', targetsTotal: 5 }]);
    const computer = new House(CARD.dell).lookup('a.example', CLOUD).every(30, 10, 120, CLOUD, 443);
    five(computer);
    expect((await computer.report()).incidents).toEqual([]);
  });

  it('is not told for four, nor for five that answer, nor before it is known for half an hour', async () => {
    for (const [count, at, outcome] of [
      [4, 3000, 'silent'],
      [5, 3000, 'answers'],
      [5, 600, 'silent'],
    ] as const) {
      const report = await later((house) => {
        for (let i = 0; i < count; i++) house.talk({ at: at + i, to: `192.168.1.${60 + i}`, port: 80, outcome });
      });
      expect(report.incidents).toEqual([]);
    }
  });

  it('is a warning when it opens Telnet to another machine, and not when it did so from the beginning', async () => {
    const telnet = (at: number) => (house: House) =>
      void house.talk({ at, to: '192.168.1.70', port: 23, outcome: 'refuses' });
    const [found] = of(await later(telnet(3000)), 'unusual-destination');
    expect(found).toMatchObject({ severity: 'warning', ports: [23] });
    expect(of(await later(telnet(300)), 'unusual-destination')).toEqual([]);
  });

  it('is left alone where someone said that this is its work', async () => {
    const house = plug(60);
    for (let port = 1; port <= 40; port++)
      house.talk({ at: 3000 + port / 10, to: '192.168.1.20', port, outcome: 'refuses' });
    const devices = [{ address: '192.168.1.40', name: 'probe', role: 'Vulnerability scanner' }];
    expect(of(await house.report({ devices }), 'port-scan')).toMatchObject([{ severity: 'info' }]);
  });

  it('says the same as it goes as it says at the end', async () => {
    const act = (house: House) => {
      for (let i = 0; i < 8; i++) house.talk({ at: 3000 + i, to: `192.168.1.${60 + i}`, port: 80, outcome: 'refuses' });
    };
    const [offline, causal] = [plug(60), plug(60)];
    act(offline);
    act(causal);
    const strip = (report: TriageReport) =>
      report.incidents.map(({ kind, severity, title }) => [kind, severity, title]);
    expect(strip(await causal.report({ causal: true }))).toEqual(strip(await offline.report()));
  });
});

describe('ordinary networks', () => {
  it.each([
    ['home', 11],
    ['home', 12],
    ['office', 13],
  ] as const)('a %s of an hour has no device beyond its profile (seed %i)', async (environment, seed) => {
    const { bytes } = generate({ environment, seed, hours: 0.75, hosts: 3, activity: 0.5, volume: 0.2 });
    const found = await behaviours(bytes);
    expect(found.filter(({ detector }) => /device-reach|beaconing/.test(detector))).toEqual([]);
  });
});
