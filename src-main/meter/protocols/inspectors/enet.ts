/** ENet, many games' transport: the command that opens a connection. War Thunder speaks it on ports of its own. */
import { u16, u32 } from '../bytes.ts';
import { once } from '../once.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const NO_PEER = 0xfff;
const SENT_TIME = 0x8000;
/** Connect, to be acknowledged; it concerns no channel. */
const CONNECT = 0x82;
const COMMAND = 48;
/** Sizes a datagram may have by the protocol. */
const MTU_MIN = 576;
const MTU_MAX = 4096;
const CHANNELS_MAX = 255;
const GAIJIN_FIRST = 20010;
const GAIJIN_LAST = 20500;

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 2 + COMMAND) return NO;
  const peer = u16(data, at);
  if ((peer & 0xfff) !== NO_PEER || (peer & 0x7000) !== 0) return NO;
  let next = at + (peer & SENT_TIME ? 4 : 2);
  // A sum over the datagram may stand before the command.
  if (data[next] !== CONNECT && end - next === COMMAND + 4) next += 4;
  if (end - next !== COMMAND || data[next] !== CONNECT || data[next + 1] !== 0xff) return NO;
  const mtu = u32(data, next + 8);
  const channels = u32(data, next + 16);
  return mtu >= MTU_MIN && mtu <= MTU_MAX && channels >= 1 && channels <= CHANNELS_MAX ? YES : NO;
}

export const enet: Inspector = {
  id: 'enet',
  over: 'udp',
  ports: [],
  first: [0x0f, 0x8f],
  service: '',
  app: 'ENet',
  probe,
  open: once((flow) => {
    if (flow.respPort >= GAIJIN_FIRST && flow.respPort <= GAIJIN_LAST) flow.name('', 'GaijinEntertainment');
  }),
};
