/** Small captures made on the spot. */
import { ethernet, frame, ipv4, tcp, udp } from '../../generator/frames.ts';
import { pcapFile } from '../../generator/write.ts';

const START = 1_700_000_000_000_000_000n;
const MS = 1_000_000n;

const between = (src: string, dst: string) => ipv4({ src, dst });

/** One short TCP connection that is answered, and one DNS-sized datagram: nothing worth an alarm. */
export function calm(): { ts: bigint; data: Uint8Array }[] {
  const there = between('10.0.0.5', '10.0.0.9');
  const back = between('10.0.0.9', '10.0.0.5');
  const packets = [
    frame(ethernet(), there, tcp({ sport: 40000, dport: 8080, flags: 'S', seq: 100 })),
    frame(ethernet(), back, tcp({ sport: 8080, dport: 40000, flags: 'SA', seq: 500, ack: 101 })),
    frame(ethernet(), there, tcp({ sport: 40000, dport: 8080, flags: 'A', seq: 101, ack: 501 })),
    frame(ethernet(), there, tcp({ sport: 40000, dport: 8080, flags: 'PA', seq: 101, ack: 501 }), 'hello'),
    frame(ethernet(), back, tcp({ sport: 8080, dport: 40000, flags: 'PA', seq: 501, ack: 106 }), 'hello, you'),
    frame(ethernet(), there, tcp({ sport: 40000, dport: 8080, flags: 'FA', seq: 106, ack: 511 })),
    frame(ethernet(), back, tcp({ sport: 8080, dport: 40000, flags: 'FA', seq: 511, ack: 107 })),
    frame(ethernet(), there, tcp({ sport: 40000, dport: 8080, flags: 'A', seq: 107, ack: 512 })),
    frame(ethernet(), there, udp({ sport: 5000, dport: 6000 }), 'x'),
  ];
  return packets.map((data, i) => ({ ts: START + BigInt(i) * MS, data }));
}

/** A fast SYN scan: `ports` ports of one host, each refused. */
export function scan(ports: number): { ts: bigint; data: Uint8Array }[] {
  const packets: { ts: bigint; data: Uint8Array }[] = [];
  for (let i = 0; i < ports; i++) {
    const ts = START + BigInt(i) * MS * 5n;
    const port = 1 + i;
    const there = tcp({ sport: 50000, dport: port, flags: 'S', seq: 1 });
    const back = tcp({ sport: port, dport: 50000, flags: 'RA', seq: 0, ack: 2 });
    packets.push({ ts, data: frame(ethernet(), between('10.0.0.66', '10.0.0.9'), there) });
    packets.push({ ts: ts + MS, data: frame(ethernet(), between('10.0.0.9', '10.0.0.66'), back) });
  }
  return packets;
}

export const calmFile = (): Uint8Array => pcapFile(calm());
export const scanFile = (ports = 300): Uint8Array => pcapFile(scan(ports));
