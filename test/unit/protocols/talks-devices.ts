/** Conversations of controllers, devices, peers and message queues. */
import {
  zeros,
  c,
  s,
  tlv,
  radius,
  tpkt,
  cotp,
  bson,
  bsonText,
  bsonDocument,
  mongo,
  text16,
  mqtt,
  amqpField,
  amqp,
  opcua,
  string32,
  enip,
  type Talk,
} from './talk.ts';
import { be16, be32, bytes, hexBytes, join, le16, le32, tcp, udp } from './wire.ts';

export const DEVICES_AND_QUEUES: readonly Talk[] = [
  {
    id: 'modbus',
    options: tcp(502),
    say: [
      c(hexBytes('0001 0000 0006 11 03 006b 0003')),
      s(hexBytes('0001 0000 0003 11 83 02')),
      c(hexBytes('0002 0000 0005 11 2b 0e 01 00')),
      s(hexBytes('0002 0000 0014 11 2b 0e 01 01 00 00 02'), [0, 4], 'ACME', [1, 4], 'PX-1'),
    ],
    facts: {
      'modbus.unit': '17',
      'modbus.function': '3 (read holding registers) | 43 (encapsulated interface)',
      'modbus.exception': '2 (no such address)',
      'modbus.device': 'ACME | PX-1',
    },
  },
  {
    id: 's7comm',
    options: tcp(102),
    say: [
      c(tpkt(hexBytes('11 e0 0000 0001 00 c1 02 0100 c2 02 0102 c0 01 0a'))),
      s(tpkt(hexBytes('11 d0 0001 0002 00 c1 02 0100 c2 02 0102 c0 01 0a'))),
      c(cotp(hexBytes('32 01 0000 0000 0008 0000 f0 00 0001 0001 01e0'))),
      c(cotp(hexBytes('32 01 0000 0001 000e 0000 04 01 12 0a 10 02 0001 0001 84 000000'))),
      c(cotp(hexBytes('32 07 0000 0002 0008 0008 000112 04 11 44 01 00 ff09 0004 0011 0000'))),
    ],
    facts: {
      's7.module': 'rack 0, slot 2',
      's7.as': 'programming device',
      's7.kind': '1 (job) | 7 (user data)',
      's7.function': '0xf0 (set up communication) | 0x04 (read variables) | user data: 4 (processor)',
    },
  },
  {
    id: 'dnp3',
    options: tcp(20000),
    say: [
      c(hexBytes('0564 14 c4 0a00 0100 0000 c0 c1 05 0c01')),
      s(hexBytes('0564 0a 44 0100 0a00 0000 c0 c1 81 0000')),
    ],
    facts: {
      'dnp3.outstation': '10',
      'dnp3.master': '1',
      'dnp3.function': '5 (operate directly) | 129 (answer)',
      'dnp3.change': '5 (operate directly)',
    },
  },
  {
    id: 'bacnet',
    options: udp(47808),
    say: [
      c(hexBytes('81 0b 0008 01 00 10 08')),
      s(hexBytes('81 0b 0014 01 00 10 00 c4 02 00 04 d2 22 05c4 91 03 21 0f')),
      c(hexBytes('81 0a 0011 01 04 00 05 01 0c 0c 0200 04d2 19 4d')),
    ],
    facts: { 'bacnet.service': '8 (who is) | 0 (I am) | 12 (read property)', 'bacnet.device': '1234' },
  },
  {
    id: 'ethernet-ip',
    options: tcp(44818),
    say: [
      c(enip(0x63, zeros(0))),
      s(
        enip(
          0x63,
          join(
            le16(1),
            le16(0x0c),
            le16(38),
            le16(1),
            zeros(16),
            le16(1),
            le16(14),
            le16(54),
            [20, 11],
            le16(48),
            le32(77),
            [5],
            bytes('PLC-5'),
            [3],
          ),
        ),
      ),
      c(enip(0x6f, join(zeros(6), le16(2), le16(0), le16(0), le16(0xb2), le16(4), [0x4c, 1, 0x91, 0]))),
    ],
    facts: {
      'enip.command': '0x63 (list identity) | 0x6f (request)',
      'enip.product': 'PLC-5',
      'enip.revision': '20.11',
      'enip.vendor': '1',
      'cip.service': '0x4c (read tag)',
    },
  },
  {
    id: 'opc-ua',
    options: tcp(4840),
    say: [
      c(opcua('HEL', join(zeros(20), string32('opc.tcp://plant:4840')))),
      s(opcua('ACK', zeros(20))),
      c(opcua('OPN', join(le32(0), string32('http://opcfoundation.org/UA/SecurityPolicy#None'), zeros(8)))),
      s(opcua('ERR', join(le32(0x80010000), string32('not today')))),
    ],
    facts: { 'opcua.endpoint': 'opc.tcp://plant:4840', 'opcua.security': 'None', 'opcua.error': 'not today' },
  },
  {
    id: 'radius',
    options: udp(1812),
    say: [
      c(
        radius(
          1,
          tlv(1, bytes('anna')),
          tlv(2, zeros(16)),
          tlv(4, Uint8Array.of(10, 0, 0, 9)),
          tlv(32, bytes('switch-2')),
          tlv(31, bytes('02-00-00-00-00-01')),
        ),
      ),
      s(radius(3, tlv(18, bytes('no such user')))),
    ],
    facts: {
      'radius.message': '1 (ask for access) | 3 (reject)',
      'radius.user': 'anna',
      'radius.proof': 'password, hidden by the shared secret',
      'radius.nas.address': '10.0.0.9',
      'radius.nas': 'switch-2',
      'radius.calling': '02-00-00-00-00-01',
      'radius.reply': 'no such user',
    },
  },
  {
    id: 'bittorrent',
    options: tcp(6881),
    say: [
      c('\x13BitTorrent protocol', zeros(8), new Uint8Array(20).fill(0xab), '-qB4500-abcdefghijkl'),
      s('\x13BitTorrent protocol', zeros(8), new Uint8Array(20).fill(0xab), '-TR3000-abcdefghijkl'),
    ],
    facts: {
      'bittorrent.hash': 'ab'.repeat(20),
      'bittorrent.client': 'qBittorrent 4.5.0.0',
      'bittorrent.peer': 'Transmission 3.0.0.0',
    },
  },
  {
    id: 'bittorrent',
    options: udp(6881),
    say: [
      c(
        'd1:ad2:id20:aaaaaaaaaaaaaaaaaaaa9:info_hash20:',
        new Uint8Array(20).fill(0x41),
        'e1:q9:get_peers1:t2:aa1:v4:UT1\x021:y1:qe',
      ),
    ],
    facts: { 'bittorrent.hash': '41'.repeat(20), 'bittorrent.query': 'get_peers', 'bittorrent.client': 'µTorrent' },
  },
  {
    id: 'redis',
    options: tcp(6379),
    say: [
      c('*2\r\n$4\r\nAUTH\r\n$6\r\nhunter\r\n'),
      s('+OK\r\n'),
      c('*3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$6\r\nhunter\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\ninfo\r\n'),
      s('-WRONGPASS invalid\r\n'),
      s('$30\r\n# Server\r\nredis_version:7.0.15\r\n'),
    ],
    facts: {
      'redis.command': 'AUTH | SELECT | INFO',
      'redis.database': '3',
      'redis.version': '7.0.15',
      'redis.refused': 'WRONGPASS',
      clear: 'password | password of bob',
    },
  },
  {
    id: 'mongodb',
    options: tcp(27017),
    say: [
      c(
        mongo(
          2004,
          join(
            le32(0),
            bytes('admin.$cmd\0'),
            le32(0),
            le32(1),
            bson(
              join([0x10], bytes('hello\0'), le32(1)),
              bsonDocument('client', bson(bsonDocument('driver', bson(bsonText('name', 'PyMongo'))))),
            ),
          ),
        ),
      ),
      s(mongo(1, join(zeros(20), bson(bsonText('version', '6.0.4'))), 1)),
      c(mongo(2013, join(le32(0), [0], bson(bsonText('find', 'orders'), bsonText('$db', 'shop'))))),
    ],
    facts: {
      'mongodb.command': 'hello | find',
      'mongodb.driver': 'PyMongo',
      'mongodb.database': 'admin | shop',
      'mongodb.collection': 'orders',
      'mongodb.version': '6.0.4',
    },
  },
  {
    id: 'mqtt',
    options: tcp(1883),
    say: [
      c(mqtt(0x10, join(text16('MQTT'), [4, 0xc2], be16(60), text16('probe-7'), text16('anna'), text16('secret')))),
      s(hexBytes('20020005')),
      c(mqtt(0x82, join(be16(1), text16('plant/+/temp'), [0])), mqtt(0x30, join(text16('plant/1/set'), bytes('on')))),
    ],
    facts: {
      'mqtt.version': '3.1.1',
      'mqtt.client': 'probe-7',
      'mqtt.credentials': 'user and password',
      'mqtt.user': 'anna',
      'mqtt.result': '5 (not authorised)',
      'mqtt.subscribed': 'plant/+/temp',
      'mqtt.published': 'plant/1/set',
      clear: 'password of anna',
    },
  },
  {
    id: 'coap',
    options: udp(5683),
    say: [c(hexBytes('40 02 0001 b4'), 'temp'), s(hexBytes('60 84 0001'))],
    facts: { 'coap.method': 'POST', 'coap.path': '/temp', 'coap.answer': '4.04 (not found)' },
  },
  {
    id: 'amqp',
    options: tcp(5672),
    say: [
      c('AMQP\0\0\x09\x01'),
      s(amqp(10, join([0, 9], be32(37), amqpField('product', 'RabbitMQ'), amqpField('version', '3.9.1')))),
      c(amqp(11, join(be32(18), amqpField('product', 'pika'), [5], bytes('PLAIN'), be32(10), bytes('\0anna\0pass')))),
      c(amqp(40, join([5], bytes('/shop'), zeros(2)))),
    ],
    facts: {
      'amqp.version': '0.9.1',
      'amqp.server': 'RabbitMQ 3.9.1',
      'amqp.client': 'pika',
      'amqp.host': '/shop',
      clear: 'password of anna',
    },
  },
];
