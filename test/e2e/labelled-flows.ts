/** A capture that is made on the spot, and the features of its flows with labels. */
import { ethernet, frame, ipv4, tcp } from '../generator/frames.ts';
import { pcapFile } from '../generator/write.ts';

const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000n;
const STEP = 40n;

const between = (src: string, dst: string) => ipv4({ src, dst });

/** Answered connections; of every four one is refused, of every ten one gets no answer. */
export function mixedCapture(connections: number): Uint8Array {
  const packets: { ts: bigint; data: Uint8Array }[] = [];
  for (let i = 0; i < connections; i++) {
    const begin = START + BigInt(i) * STEP * MS;
    let at = 0n;
    const add = (data: Uint8Array): void => void packets.push({ ts: begin + at++ * MS, data });
    const [sport, dport] = [40_000 + (i % 20_000), i % 4 === 1 ? 1 + (i % 900) : 8080];
    const there = between(`10.0.0.${5 + (i % 7)}`, '10.0.0.99');
    const back = between('10.0.0.99', `10.0.0.${5 + (i % 7)}`);
    add(frame(ethernet(), there, tcp({ sport, dport, flags: 'S', seq: 100 })));
    if (i % 10 === 2) continue;
    if (i % 4 === 1) {
      add(frame(ethernet(), back, tcp({ sport: dport, dport: sport, flags: 'RA', seq: 0, ack: 101 })));
      continue;
    }
    const text = 'hello'.repeat(1 + (i % 30));
    const end = 101 + text.length;
    add(frame(ethernet(), back, tcp({ sport: dport, dport: sport, flags: 'SA', seq: 500, ack: 101 })));
    add(frame(ethernet(), there, tcp({ sport, dport, flags: 'A', seq: 101, ack: 501 })));
    add(frame(ethernet(), there, tcp({ sport, dport, flags: 'PA', seq: 101, ack: 501 }), text));
    add(frame(ethernet(), back, tcp({ sport: dport, dport: sport, flags: 'PA', seq: 501, ack: end }), 'good day'));
    add(frame(ethernet(), there, tcp({ sport, dport, flags: 'FA', seq: end, ack: 509 })));
    add(frame(ethernet(), back, tcp({ sport: dport, dport: sport, flags: 'FA', seq: 509, ack: end + 1 })));
    add(frame(ethernet(), there, tcp({ sport, dport, flags: 'A', seq: end + 1, ack: 510 })));
  }
  packets.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
  return pcapFile(packets);
}

const KINDS: Readonly<Record<string, string>> = { REJ: 'refused', S0: 'silence' };

/** The file of `sonde features`, with a label that says which flows were refused or never answered. */
export function withLabels(features: string): string {
  const [schema, head, ...rows] = features.trimEnd().split('\n');
  const state = head!.split(',').indexOf('conn_state');
  const labelled = rows.map((row) => `${row},${KINDS[row.split(',')[state]!] ?? 'normal'}`);
  return `${[schema, `${head},label`, ...labelled].join('\n')}\n`;
}
