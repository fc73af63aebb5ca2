import { describe, expect, it } from 'vitest';
import { hash } from 'node:crypto';
import { buffers, numbers, tell } from './made.ts';
import * as samples from './samples.ts';

describe('TLS', () => {
  const told = tell(samples.TLS);

  it('gives names, protocols and fingerprints of the hellos', () => {
    expect(told.protocols).toEqual(['tls']);
    expect(buffers(told, 'tls.sni')).toEqual(['www.example.org']);
    expect(buffers(told, 'tls.alpn', 0)).toEqual(['http/1.1']);
    expect(buffers(told, 'ja3.string')).toEqual(['771,4865-49199,0-16,,']);
    expect(buffers(told, 'ja3.hash')).toEqual([hash('md5', '771,4865-49199,0-16,,')]);
    expect(buffers(told, 'ja3s.string')).toEqual(['771,49199,23']);
    expect(buffers(told, 'ja4.hash')[0]).toMatch(/^t12d0202h1_/);
  });

  it('gives what the certificate says', () => {
    expect(buffers(told, 'tls.cert_subject')).toEqual(['O=Org, CN=subject']);
    expect(buffers(told, 'tls.cert_issuer')).toEqual(['C=FR, CN=Issuer']);
    expect(buffers(told, 'tls.cert_serial')).toEqual(['01:AB']);
    expect(buffers(told, 'tls.subjectaltname')).toEqual(['alt.example']);
    expect(numbers(told, 'tls_cert_notbefore')).toEqual([Date.UTC(2020, 0, 1) / 1000]);
    expect(buffers(told, 'tls.cert_fingerprint')[0]).toMatch(/^(?:[0-9a-f]{2}:){19}[0-9a-f]{2}$/);
  });

  it('tells of records that are none', () => {
    const [first, second] = samples.TLS.steps;
    const events = tell({ port: 443, steps: [first!, second!, [0, '\x99\x03\x03\0\x01x']] }).events;
    expect(events).toContain('0 tls.invalid_record_type');
  });
});

describe('DNS', () => {
  it.each([
    ['UDP', samples.DNS],
    ['TCP', samples.DNS_TCP],
  ])('gives names over %s', (_name, sample) => {
    const told = tell(sample);
    expect(told.protocols).toEqual(['dns']);
    expect(buffers(told, 'dns.query')).toEqual(['www.example.com']);
    expect(buffers(told, 'dns.answers.rrname', 1)).toEqual(['www.example.com']);
    expect(buffers(told, 'dns.response.rrname')).toContain('web.example.com');
    expect(numbers(told, 'dns.rrtype', 1)).toEqual([1, 5]);
  });

  it('is LLMNR on its port', () => {
    expect(tell({ transport: 'udp', port: 5355, steps: [[0, samples.query]] }).protocols).toEqual(['llmnr']);
  });

  it('tells of what is odd', () => {
    const odd = `${samples.query.slice(0, 2)}\x31\x40${samples.query.slice(4)}`;
    expect(tell({ transport: 'udp', port: 53, steps: [[0, odd]] }).events).toEqual(['0 dns.z_flag_set']);
    expect(tell({ transport: 'udp', port: 53, steps: [[0, samples.query.slice(0, 20)]] }).events).toEqual([
      '0 dns.malformed_data',
    ]);
    expect(tell({ transport: 'udp', port: 53, steps: [[0, samples.reply]] }).events).toEqual(['0 dns.not_a_request']);
  });
});

describe('SIP', () => {
  it('gives fields by both names, and the session', () => {
    const told = tell(samples.SIP);
    expect(buffers(told, 'sip.method')).toEqual(['INVITE']);
    expect(buffers(told, 'sip.uri')).toEqual(['sip:b@x']);
    expect(buffers(told, 'sip.via')).toEqual(['SIP/2.0/UDP a']);
    expect(buffers(told, 'sip.stat_code')).toEqual(['100']);
    expect(buffers(told, 'sip.stat_msg')).toEqual(['Trying']);
    expect(buffers(told, 'sdp.session_name')).toEqual(['call']);
    expect(buffers(told, 'sdp.media.media')).toEqual(['audio 4000 RTP/AVP 0']);
  });
});

describe('SMTP', () => {
  it('gives the envelope, the header and decoded attachments', () => {
    const told = tell(samples.SMTP);
    expect(buffers(told, 'smtp.helo')).toEqual(['me']);
    expect(buffers(told, 'smtp.mail_from')).toEqual(['<a@x>']);
    expect(buffers(told, 'smtp.rcpt_to')).toEqual(['<b@y>']);
    expect(buffers(told, 'email.subject')).toEqual(['one two']);
    expect(buffers(told, 'email.url')).toEqual(['u.example/p']);
    expect(buffers(told, 'file_data')).toEqual(['hello world']);
    expect(buffers(told, 'file.name')).toEqual(['f.txt']);
  });

  it('goes on as TLS once both agree', () => {
    const steps = [[0, 'EHLO a\r\nSTARTTLS\r\n'], [1, '250 ok\r\n220 go\r\n'], ...samples.TLS.steps] as const;
    expect(tell({ port: 587, steps }).protocols).toEqual(['smtp', 'tls']);
  });
});

describe('FTP and SSH', () => {
  it('pairs commands with replies', () => {
    const told = tell(samples.FTP);
    expect(buffers(told, 'ftp.command')).toEqual(['USER', 'PASV', 'RETR']);
    expect(buffers(told, 'ftp.reply', 1).slice(-2)).toEqual(['coming', 'done']);
    expect(numbers(told, 'ftp.dynamic_port')).toEqual([1025, 1025]);
  });

  it('tells of commands that are too long', () => {
    const { events } = tell({ port: 21, steps: [[0, `USER a\r\nRETR ${'x'.repeat(9000)}\r\nQUIT\r\n`]] });
    expect(events).toEqual(['0 ftp.request_command_too_long']);
  });

  it('gives the software and HASSH', () => {
    const told = tell(samples.SSH);
    expect(buffers(told, 'ssh.software')).toEqual(['OpenSSH_9.0', 'client']);
    expect(buffers(told, 'ssh.proto', 0)).toEqual(['2.0']);
    expect(buffers(told, 'ssh.hassh.string')).toEqual(['k1,k2;e1;m1;c1']);
    expect(buffers(told, 'ssh.hassh.server')).toEqual([hash('md5', 'k1,k2;e2;m2;c2')]);
  });
});

describe('SMB and DCE/RPC', () => {
  it('gives shares and whole files', () => {
    const told = tell(samples.SMB);
    expect(buffers(told, 'smb.share', 0)).toEqual(['\\server\\share']);
    expect(buffers(told, 'file_data')).toEqual(['MZ content of a file']);
    expect(buffers(told, 'file.name')).toEqual(['bad.exe']);
  });

  it('puts fragments together and names the interface', () => {
    const told = tell(samples.DCERPC);
    expect(buffers(told, 'dcerpc.stub_data')).toEqual(['first second', 'back']);
    expect(buffers(told, 'dcerpc.iface', 0)).toEqual(['12345678-1234-abcd-ef00-01234567cffb/1.0']);
    expect(numbers(told, 'dcerpc.opnum')).toEqual([4, 4]);
  });

  it('knows no interface that was refused', () => {
    const refused = `${samples.BOUND.slice(0, 36)}\x02${samples.BOUND.slice(37)}`;
    const told = tell({
      port: 135,
      steps: [
        [0, samples.BIND],
        [1, refused],
        [0, samples.CALL],
      ],
    });
    expect(buffers(told, 'dcerpc.iface')).toEqual([]);
    expect(buffers(told, 'dcerpc.stub_data')).toEqual(['first second']);
  });
});

describe('DHCP and RFB', () => {
  it('gives for how long an address is lent', () => {
    const told = tell(samples.DHCP);
    expect(told.protocols).toEqual(['dhcp']);
    expect(numbers(told, 'dhcp.leasetime')).toEqual([3600]);
    expect(numbers(told, 'dhcp.renewal_time', 1)).toEqual([1800]);
    expect(numbers(told, 'dhcp.rebinding_time', 1)).toEqual([3150]);
    expect(told.transactions).toHaveLength(2);
    const other = tell({ ...samples.DHCP, port: 9999 });
    expect(other.protocols).toEqual([]);
  });

  it('gives how a client was let in, and to what', () => {
    const told = tell(samples.RFB);
    expect([numbers(told, 'rfb.sectype', 0), numbers(told, 'rfb.secresult', 1)]).toEqual([[2], [0]]);
    expect(buffers(told, 'rfb.name', 1)).toEqual(['Desk of me']);
    const refused = tell({ ...samples.RFB, steps: [...samples.RFB.steps.slice(0, 6), [1, '\0\0\0\x01']] });
    expect([numbers(refused, 'rfb.secresult'), buffers(refused, 'rfb.name')]).toEqual([[1], []]);
    // By version 3.3 the server chooses, and says nothing where nothing is asked.
    const old = tell({
      port: 5900,
      steps: [[1, 'RFB 003.003\n'], [0, 'RFB 003.003\n'], [1, '\0\0\0\x01'], [0, '\x01'], samples.RFB.steps[8]!],
    });
    expect([numbers(old, 'rfb.sectype'), buffers(old, 'rfb.name')]).toEqual([[1], ['Desk of me']]);
    const other = tell({
      ...samples.RFB,
      steps: [...samples.RFB.steps.slice(0, 2), [1, '\x01\x1e'], [0, '\x1e'], [1, 'keys']],
    });
    expect([numbers(other, 'rfb.sectype'), numbers(other, 'rfb.secresult')]).toEqual([[30], []]);
  });
});

describe('protocols of things and services', () => {
  it('reads MQTT', () => {
    const told = tell(samples.MQTT);
    expect(numbers(told, 'mqtt.type')).toEqual([1, 2, 8, 3, 4]);
    expect(buffers(told, 'mqtt.connect.password')).toEqual(['secret']);
    expect(buffers(told, 'mqtt.subscribe.topic')).toEqual(['a/#']);
    expect(buffers(told, 'mqtt.publish.message')).toEqual(['hello']);
    expect(told.events).toEqual(['1 mqtt.missing_publish']);
  });

  it('reads EtherNet/IP', () => {
    const told = tell(samples.ENIP);
    expect(numbers(told, 'enip.command')).toEqual([111, 111]);
    expect(numbers(told, 'cip_service')).toEqual([14, 14]);
    expect([
      numbers(told, 'enip.cip_class'),
      numbers(told, 'enip.cip_attribute'),
      numbers(told, 'enip.cip_status'),
    ]).toEqual([[1], [5], [5]]);
  });

  it('reads Kerberos', () => {
    const told = tell(samples.KRB5);
    expect(numbers(told, 'krb5_msg_type')).toEqual([10, 13]);
    expect(buffers(told, 'krb5.cname')).toEqual(['user', 'user']);
    expect(buffers(told, 'krb5.sname')).toEqual(['krbtgt', 'X', 'http', 'srv']);
    expect(numbers(told, 'krb5.ticket_encryption')).toEqual([23]);
  });

  it('reads SNMP and NTP', () => {
    const told = tell(samples.SNMP);
    expect(numbers(told, 'snmp.version')).toEqual([2, 3]);
    expect([buffers(told, 'snmp.community'), buffers(told, 'snmp.usm')]).toEqual([['public'], ['admin']]);
    expect(numbers(tell(samples.NTP), 'ntp.stratum')).toEqual([0, 2]);
    expect(buffers(tell(samples.NTP), 'ntp.reference_id', 1)).toEqual(['LOCL']);
  });

  it('reads LDAP', () => {
    const told = tell(samples.LDAP);
    expect(numbers(told, 'ldap.request.operation')).toEqual([0, 3]);
    expect(buffers(told, 'ldap.request.dn')).toEqual(['cn=me', 'dc=x']);
    expect(numbers(told, 'ldap.responses.result_code')).toEqual([49, 0]);
    expect(buffers(told, 'ldap.responses.message')[0]).toBe('wrong');
    expect(numbers(told, 'ldap.responses.count')).toEqual([1, 2]);
  });
});

describe('IKE and PostgreSQL', () => {
  it('reads what comes in the clear, and tells of weak groups', () => {
    const told = tell(samples.IKE);
    expect(buffers(told, 'ike.key_exchange_payload')).toEqual(['k'.repeat(12)]);
    expect(numbers(told, 'ike.nonce_payload_length')).toEqual([16]);
    expect(told.events).toContain('0 ike.weak_crypto_dh');
  });

  it('reads queries', () => {
    const told = tell(samples.PGSQL);
    expect(told.protocols).toEqual(['pgsql']);
    expect(buffers(told, 'pgsql.query')).toEqual(['select 1']);
  });
});

describe('what follows HTTP', () => {
  it('reads WebSocket after an upgrade, unmasked', () => {
    const told = tell(samples.WEBSOCKET);
    expect(told.protocols).toEqual(['http1', 'websocket']);
    expect(buffers(told, 'websocket.payload')).toEqual(['hi', 'cfa']);
    expect(numbers(told, 'websocket.opcode')).toEqual([1, 1]);
  });

  it('gives HTTP/2 the buffers of HTTP', () => {
    const told = tell(samples.HTTP2);
    expect(told.protocols).toEqual(['http2']);
    expect(buffers(told, 'http.uri')).toEqual(['/p?q']);
    expect(buffers(told, 'http.host')).toEqual(['h.example']);
    expect(buffers(told, 'http.stat_code')).toEqual(['200']);
    expect(buffers(told, 'file_data')).toEqual(['body']);
    expect(numbers(told, 'http2.errorcode')).toEqual([2]);
  });

  it('reads the hello of the first QUIC', () => {
    const told = tell(samples.GOOGLE_QUIC);
    expect(buffers(told, 'quic.sni')).toEqual(['a.b']);
    expect(buffers(told, 'quic.cyu.string')).toEqual(['43,SNI-VER']);
  });
});
