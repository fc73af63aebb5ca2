/** Every feature of the catalogue as people read it: the number, its unit, what was done, and what is usual. */
import { describe, expect, it } from 'vitest';
import { FLOW_FEATURES } from '../../../src-shared/features/catalogue.ts';
import { attributionText, readsAlike, valueText } from '../../../src-shared/features/words.ts';

/** Feature, value, usual value, words. */
const SAID: readonly (readonly [string, number, number, string])[] = [
  ['duration', 3600, 0.02, 'lasted 60 min (usual: 20 ms)'],
  ['orig_packets', 87, 2, 'sent 87 packets (usual: 2 packets)'],
  ['resp_packets', 87, 2, 'got 87 packets back (usual: 2 packets)'],
  ['orig_bytes', 48000000, 12000, 'sent 48 MB to the other side (usual: 12 kB)'],
  ['resp_bytes', 48000000, 12000, 'got 48 MB from the other side (usual: 12 kB)'],
  ['packet_rate', 870, 2.5, 'exchanged 870 packets/s (usual: 2.5 packets/s)'],
  ['byte_rate', 48000000, 12000, 'moved 48 MB/s (usual: 12 kB/s)'],
  ['byte_balance', 0.87, 0.02, 'balance of sent and got bytes 0.87 (usual: 0.02)'],
  ['orig_mean_size', 1448, 64, 'sent packets of 1.4 kB on average (usual: 64 B)'],
  ['resp_mean_size', 1448, 64, 'got packets of 1.4 kB on average (usual: 64 B)'],
  ['orig_size_sd', 1448, 64, 'sizes of sent packets vary by 1.4 kB (usual: 64 B)'],
  ['resp_size_sd', 1448, 64, 'sizes of packets got vary by 1.4 kB (usual: 64 B)'],
  ['orig_size_max', 1448, 64, 'largest packet sent 1.4 kB (usual: 64 B)'],
  ['resp_size_max', 1448, 64, 'largest packet got 1.4 kB (usual: 64 B)'],
  ['orig_data_share', 0.87, 0.02, '87 % of the packets sent carry data (usual: 2 %)'],
  ['resp_data_share', 0.87, 0.02, '87 % of the packets got carry data (usual: 2 %)'],
  ['first_size', 1448, 64, 'opened with 1.4 kB sent (usual: 64 B sent)'],
  ['second_size', 1448, 64, 'went on with 1.4 kB sent (usual: 64 B sent)'],
  ['orig_gap_mean', 3600, 0.02, 'sent a packet every 60 min (usual: 20 ms)'],
  ['resp_gap_mean', 3600, 0.02, 'got a packet every 60 min (usual: 20 ms)'],
  ['orig_gap_max', 3600, 0.02, 'longest pause in sending 60 min (usual: 20 ms)'],
  ['resp_gap_max', 3600, 0.02, 'longest pause of the other side 60 min (usual: 20 ms)'],
  ['orig_gap_variation', 0.87, 0.02, 'rhythm of sending varies by 0.87 (usual: 0.02)'],
  ['resp_gap_variation', 0.87, 0.02, 'rhythm of the answers varies by 0.87 (usual: 0.02)'],
  ['response_time', 3600, 0.02, 'answered after 60 min (usual: 20 ms)'],
  ['answered', 1, 0, 'answered: yes (usual: no)'],
  ['syn_share', 0.87, 0.02, '87 % of the packets open connections (usual: 2 %)'],
  ['fin_share', 0.87, 0.02, '87 % of the packets close the connection (usual: 2 %)'],
  ['rst_share', 0.87, 0.02, '87 % of the packets reset the connection (usual: 2 %)'],
  ['psh_share', 0.87, 0.02, '87 % of the packets push data (usual: 2 %)'],
  ['urg_share', 0.87, 0.02, '87 % of the packets are urgent (usual: 2 %)'],
  ['odd_flags', 1, 0, 'flags no connection has: yes (usual: no)'],
  ['orig_retransmit_share', 0.87, 0.02, '87 % of the packets sent were repeats (usual: 2 %)'],
  ['resp_retransmit_share', 0.87, 0.02, '87 % of the packets got were repeats (usual: 2 %)'],
  ['fragments', 3, 0, '3 fragments in it (usual: 0 fragments)'],
  ['fragment_overlaps', 3, 0, '3 fragments overlap (usual: 0 fragments)'],
  ['src_flows', 87, 2, 'its source opened 87 connections within a minute (usual: 2 connections)'],
  ['src_targets', 87, 2, 'its source contacted 87 hosts within a minute (usual: 2 hosts)'],
  ['src_ports', 87, 2, 'its source tried 87 ports within a minute (usual: 2 ports)'],
  ['src_unanswered_share', 0.87, 0.02, '87 % of its source’s flows got no answer (usual: 2 %)'],
  ['src_refused_share', 0.87, 0.02, '87 % of its source’s flows were refused (usual: 2 %)'],
  ['dst_flows', 87, 2, 'its target received 87 connections within a minute (usual: 2 connections)'],
  ['dst_sources', 87, 2, '87 hosts contacted its target within a minute (usual: 2 hosts)'],
  ['dst_ports', 87, 2, '87 ports of its target were tried within a minute (usual: 2 ports)'],
  ['src_same_service_share', 0.87, 0.02, '87 % of its source’s flows go to the same service (usual: 2 %)'],
  ['pair_flows', 87, 2, '87 connections between the same two lately (usual: 2 connections)'],
  ['pair_gap', 3600, 0.02, 'came 60 min after the one before (usual: 20 ms)'],
  ['pair_regularity', 0.87, 0.02, 'gaps between flows agree by 87 % (usual: 2 %)'],
  ['protocol', 1, 0, 'protocol UDP (usual: TCP)'],
  ['conn_state', 1, 0, 'connection: no answer (usual: seen only from its middle)'],
  ['service_class', 1, 0, 'service: DNS (usual: none recognised)'],
  ['port_class', 1, 0, 'port of the responder: below 1024 (usual: none)'],
];

const NONE = ['response_time', 'pair_gap', 'pair_regularity', 'orig_gap_mean', 'resp_gap_mean'];

describe('words from numbers', () => {
  it('are checked for every feature, each once', () => {
    expect(SAID.map(([id]) => id)).toEqual(FLOW_FEATURES.map(({ id }) => id));
  });

  it.each(SAID)('%s: %d, usual %d', (id, value, usual, words) => {
    const definition = FLOW_FEATURES.find((feature) => feature.id === id)!;
    expect(attributionText(definition, value, usual)).toBe(words);
    expect(readsAlike(definition, value, usual)).toBe(false);
    expect(readsAlike(definition, value, value)).toBe(true);
  });

  it.each(FLOW_FEATURES.map((feature) => [feature.id, feature] as const))(
    'of %s hold at any value',
    (_id, definition) => {
      expect(definition.phrase.split('{}')).toHaveLength(2);
      const numbers = [0, 1, 2, 0.001, 0.5, 99.6, 1000, 1e6, 1e12, 1e15];
      const signed =
        definition.kind !== 'categorical' && (definition.unit === 'balance' || definition.transform === 'signed-log');
      const values =
        definition.kind === 'categorical'
          ? definition.vocabulary.map((_, i) => i)
          : [...numbers, ...(signed ? numbers.map((x) => -x) : [])];
      for (const value of values) {
        const text = attributionText(definition, value, values[0]!);
        expect(text).not.toMatch(/\{\}|undefined|NaN|Infinity|unknown|e\+\d|\s{2}|\(usual: \)/);
        expect(text).toMatch(/^\S.* \(usual: [^()]+\)$/);
        expect(text.length).toBeLessThan(120);
        if (value !== 0 || !NONE.includes(definition.id)) expect(text).toContain(valueText(definition, value));
      }
    },
  );

  it('say what is usual for the host where that is known', () => {
    const ports = FLOW_FEATURES.find(({ id }) => id === 'src_ports')!;
    const text = (usualForHost: number): string => attributionText(ports, 87, 3, usualForHost);
    expect(text(2)).toBe('its source tried 87 ports within a minute (usual for this host: 2 ports)');
    expect(text(87)).toBe('its source tried 87 ports within a minute (usual for this host; elsewhere 3 ports)');
  });

  it('count one as one', () => {
    const targets = FLOW_FEATURES.find(({ id }) => id === 'src_targets')!;
    expect(attributionText(targets, 1, 87)).toBe('its source contacted 1 host within a minute (usual: 87 hosts)');
  });

  it('say that there was nothing to measure instead of a zero', () => {
    for (const id of NONE) {
      const text = attributionText(
        FLOW_FEATURES.find((feature) => feature.id === id)!,
        0,
        0.5,
      );
      expect(text).not.toMatch(/^\D*0/);
    }
  });
});
