/** QUIC: the long header of its versions (RFC 8999, RFC 9000, RFC 9369), drafts, and Google's older ones. */
import { u32 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const ID_MAX = 20;

function known(version: number): boolean {
  if (version === 1 || version === 0x6b3343cf || version === 0x709a50c4) return true;
  if (version >>> 8 === 0xff0000 || (version & 0x0f0f0f0f) === 0x0a0a0a0a) return true;
  if (version >>> 4 === 0xfaceb00) return true;
  return google(version);
}

/** "Q043" … "Q050", "T050", "T051". */
function google(version: number): boolean {
  const letter = version >>> 24;
  return (
    (letter === 0x51 || letter === 0x54) && (version & 0xfff0) >>> 4 >= 0x300 && ((version >>> 16) & 0xff) === 0x30
  );
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 14) return NO;
  const first = data[at]!;
  if (!(first & 0x80)) return older(p);
  const version = u32(data, at + 1);
  if (version === 0) {
    return (p.respPort === 443 || p.origPort === 443) &&
      data[at + 5]! <= ID_MAX &&
      (end - at - 7) % 4 === (data[at + 5]! + 0) % 4
      ? YES
      : NO;
  }
  if (!known(version)) return NO;
  return data[at + 5]! <= ID_MAX || google(version) ? YES : NO;
}

/** Public header of Google's first versions: flags that announce a version and an eight-byte connection id. */
function older(p: Probe): Verdict {
  const { data, at } = p;
  return (data[at]! & 0x0d) === 0x0d &&
    data[at + 9] === 0x51 &&
    data[at + 10] === 0x30 &&
    data[at + 11]! >= 0x32 &&
    data[at + 11]! <= 0x34
    ? YES
    : NO;
}

export const quic: Inspector = {
  id: 'quic',
  over: 'udp',
  ports: [443, 80, 784, 853, 4433, 8443],
  service: 'quic',
  app: 'QUIC',
  probe,
};
