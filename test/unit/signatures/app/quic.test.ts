import { describe, expect, it } from 'vitest';
import { initialKeys } from '../../../../src-main/meter/protocols/inspectors/quic-initial.ts';
import { crypto, initial } from '../../protocols/quic-packets.ts';
import { buffers, latin, n24, raw, tell } from './made.ts';
import { clientHello } from './samples.ts';

const VERSION_2 = 0x6b3343cf;
const ID = raw('destined');
const HELLO = raw(`\x01${n24(clientHello.length)}${clientHello}`);

function packet(version: number, frames: Uint8Array, number = 0): string {
  return latin(initial(version, initialKeys(version, ID)!, ID, number, frames));
}

describe('QUIC', () => {
  it.each([
    [1, '\0\0\0\x01'],
    [VERSION_2, '\x6b\x33\x43\xcf'],
  ])('opens the hello of version %i', (version, wire) => {
    const told = tell({ transport: 'udp', port: 443, steps: [[0, packet(version, crypto(0, HELLO))]] });
    expect(told.protocols).toEqual(['quic']);
    expect(buffers(told, 'quic.version')).toEqual([wire]);
    expect(buffers(told, 'quic.sni')).toEqual(['www.example.org']);
    expect(buffers(told, 'ja3.string')).toEqual(['771,4865-49199,0-16,,']);
    expect(buffers(told, 'ja4.hash')[0]).toMatch(/^q/);
  });

  it('puts a hello together that comes in pieces and out of order', () => {
    const half = HELLO.length >> 1;
    const steps = [
      [0, packet(1, crypto(half, HELLO.subarray(half)), 1)],
      [0, packet(1, crypto(0, HELLO.subarray(0, half + 3)), 0)],
    ] as const;
    expect(buffers(tell({ transport: 'udp', port: 8443, steps }), 'quic.sni')).toEqual(['www.example.org']);
  });

  it('tells nothing of a packet that was changed', () => {
    const changed = packet(1, crypto(0, HELLO)).slice(0, -1);
    expect(tell({ transport: 'udp', port: 443, steps: [[0, `${changed}!`]] }).transactions).toEqual([]);
  });
});
