import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeFinding } from '../../../src-main/detect/behaviours/common/finding.ts';
import { printable } from '../../../src-main/meter/protocols/bytes.ts';
import { passwordIn, withoutSecrets } from '../../../src-main/meter/protocols/secrets.ts';
import { inspect, tcp } from './wire.ts';

describe('text without its secrets', () => {
  it.each([
    ['/login?user=joe&password=S3cret', '/login?user=joe&password=…'],
    ['/a?pwd=S3cret&next=%2Fhome', '/a?pwd=…&next=%2Fhome'],
    // In what is sent, a "#" begins no fragment: it is a part of the value.
    ['/a?access_token=S3#S3cret', '/a?access_token=…'],
    ['/stok;stok=S3cret/admin', '/stok;stok=…/admin'],
    ['/a?password=S3/S3cret;S3cret&page=2', '/a?password=…&page=2'],
    ['/a?password=S3%26S3cret&page=2', '/a?password=…&page=2'],
    ['/a%3Fpassword%3DS3cret', '/a%3Fpassword%3D…'],
    ['/a%3Fpassword%3DS3cret%26page%3D2', '/a%3Fpassword%3D…%26page%3D2'],
    ['/a%253Fpassword%253DS3cret', '/a%253Fpassword%253D…'],
    ['http://joe:S3cret@host/x', 'http://joe:…@host/x'],
    ['http://joe:S3@S3cret@host/x', 'http://joe:…@host/x'],
    ['joe:S3cret@host', 'joe:…@host'],
    ["/login.php?user=admin'+or+1=1--&password=S3cret", "/login.php?user=admin'+or+1=1--&password=…"],
    ['/a?p%61ssword=S3cret', '/a?p%61ssword=…'],
    ['/a?p%2561ssword=S3cret', '/a?p%2561ssword=…'],
    ['/a?password%5B%5D=S3cret', '/a?password%5B%5D=…'],
    ['/a?user[password]=S3cret', '/a?user[password]=…'],
    ['/x?json={"password":"S3cret","a":1}', '/x?json={"password":"…","a":1}'],
    ['/x?json=%7B%22password%22%3A%22S3cret%22%7D', '/x?json=%7B%22password%22%3A…'],
    ['curl/8.5 password=S3cret (x)', 'curl/8.5 password=… (x)'],
    ['tool token: S3cret', 'tool token: …'],
    ['Authorization: Bearer S3cret', 'Authorization: Bearer …'],
    ['agent eyJhbGciOiJIUzI1.S3cret.x', 'agent …'],
    ['/reset/S3cret16abcdef0123456789', '/reset/…'],
    ['/a?auth_header=x&h=Bearer%20S3cret', '/a?auth_header=x&h=Bearer%20…'],
    ['/a?h=Basic+YW5uYTpT', '/a?h=Basic+…'],
    ['/a?u=http%3A%2F%2Fanna%3AS3cret%40h%2Fx', '/a?u=http%3A%2F%2Fanna%3A…%40h%2Fx'],
    ['rtsp://anna:a/S3cret@h/d', 'rtsp://anna:…@h/d'],
    ['{"password":"a\\"S3cret","b":1}', '{"password":"…","b":1}'],
    ['{\\"password\\":\\"S3cret\\",\\"b\\":1}', '{\\"password\\":…\\",\\"b\\":1}'],
    ['<user>anna</user><password>S3cret</password>', '<user>anna</user><password>…</password>'],
    ['<w:Password Type="x">S3 S3cret</w:Password>', '<w:Password Type="x">…</w:Password>'],
    [`/a?${'a'.repeat(90)}password=S3cret`, `/a?${'a'.repeat(90)}password=…`],
    // Names of one letter, of a password where an account's stands beside it (InfluxDB 1, Subsonic).
    ['/query?u=root&p=S3cret&q=SHOW', '/query?u=root&p=…&q=SHOW'],
    ['/rest/ping.view?p=enc%3AS3cret&u=joe', '/rest/ping.view?p=…&u=joe'],
    ['/a%3Fu%3Droot%26p%3DS3cret', '/a%3Fu%3Droot%26p%3D…'],
    ['/back?code=S3cret&state=x', '/back?code=…&state=x'],
    ['/back?state=x&code=4/0AbUS3cret', '/back?state=x&code=…'],
    ['/a?psw=S3cret', '/a?psw=…'],
  ])('%s', (given, clean) => {
    expect(withoutSecrets(given)).toBe(clean);
  });

  it.each(
    'token_v2 access-token session sessionid PHPSESSID JSESSIONID session_id X-Amz-Signature X-Amz-Security-Token sig signature jwt bearer access_key apikey api-key authkey passwordHash newPassword2 password1 userpwd loginPass oauth_token client_secret csrfmiddlewaretoken otp pin1 private_key hmac pass_repeat pass_confirm otp_code pin_code pincode wlan_key txtPwdBox upass_x SAMLResponse assertion kennwort Passwort mdp motdepasse senha clave contrasena haslo wachtwoord'.split(
      ' ',
    ),
  )('the value of %s', (name) => {
    expect(withoutSecrets(`/a?x=1&${name}=S3cret&y=2`)).toBe(`/a?x=1&${name}=…&y=2`);
  });

  it.each(['key', 'code'])('the value of %s, where it is no ordinary one', (name) => {
    expect(withoutSecrets(`/a?${name}=AIzaSyD3xS3cret&y=2`)).toBe(`/a?${name}=…&y=2`);
    expect(withoutSecrets(`/a?${name}=name&y=2`)).toBe(`/a?${name}=name&y=2`);
  });

  it.each([
    '/index.html?page=2&sort=asc',
    '/?s=word&p=123',
    '/?p=about&menu=u&code=DE',
    '/compass?direction=north',
    '/?compass=north&bypass=no&spin=left&passenger=2&author=x&design=1&keyword=tls&monkey=1',
    '/?country_code=DE&sort_key=name&status=ok&pinned=1&authority=x&session_type=web&code=404',
    '/?q=basic+training+course&country_code=DE&autoclave=1&haslocation=1&photosEnhance=2&text_box=a&u=http%3A%2F%2Fh%3A8080%2Fa%40b',
    '<b>bold</b> <user>anna</user>',
    '/',
    'host:8080',
    'http://host/a@b',
    'http://host:8080/a?b=c@d',
    'sip:joe@host',
    '/static/app.3f2a9c8d7e6f5a4b.js',
    '/assets/0123456789abcdef0123456789abcdef/logo.png',
    '/v1/token:exchange?grant=1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
    'CN=www.example.org,O=Example\\, Inc.,C=DE',
    'multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
    'SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13',
    '10.0.0.5 tried 1,024 ports on 10.0.0.9 in 11 seconds',
  ])('%s stays as it is', (given) => {
    expect(withoutSecrets(given)).toBe(given);
  });

  it('is the same when it is done twice', () => {
    const part = fc.constantFrom('?', '&', '=', '%3d', '"', ':', ' ', '/', 'password', 'key', 'a', '…', '@', 'bearer ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 24 }), (parts) => {
        const once = withoutSecrets(parts.join(''));
        expect(withoutSecrets(once)).toBe(once);
      }),
      { numRuns: 2000, seed: 6 },
    );
  });

  it('shows no value of a password, however the address is written', () => {
    const front = fc.constantFrom('/a?', '/a?b=c&', '/a;b=c;', '/a%3f', '/a?b={"c":1}&', '/?redirect=http://x/?');
    const name = fc.constantFrom('password', 'Pass%77ord', 'new_password', 'password%5B0%5D', 'p%61sswd');
    const value = fc.stringMatching(/^[A-Za-z0-9!$*()_+.~-]{1,20}S3CRET$/);
    fc.assert(
      fc.property(front, name, fc.constantFrom('=', '%3D'), value, (before, called, equals, secret) => {
        expect(withoutSecrets(`${before}${called}${equals}${secret}&z=1`)).not.toContain('S3CRET');
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('takes time in proportion to the length, whatever it holds', () => {
    const begin = performance.now();
    const parts = [
      '?pass',
      'password=',
      '//a:',
      '%2f%2fa%3a',
      '<password ',
      '<a>',
      'basic+A',
      '"password":"\\"',
      '%3d',
      '&&&',
      'a:b@',
      'key=',
      '"',
      '":',
      'eyJ',
      '/reset',
      '/a-reset-/',
      'bearer a',
      'p=1&u=',
      'p=',
      'password=null&',
      '"password":null ',
      "pin:'",
    ];
    for (const part of parts) {
      withoutSecrets(part.repeat(16_384 / part.length));
      passwordIn(part.repeat(16_384 / part.length));
    }
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});

describe('text for people', () => {
  it.each([
    ['a\u001b[31m\u0085b', 'a?[31m?b'],
    ['a\u202eb\u200bc\ufeff\u00ad', 'a?b?c??'],
    ['a\u2028b\u2029c', 'a?b?c'],
    ['a\u00a0b\u3000c d', 'a?b?c d'],
    ['a\ud800b\udc00', 'a?b?'],
    ['Grüße, 日本 😀', 'Grüße, 日本 😀'],
  ])('of %j is %j', (said, shown) => {
    expect(printable(said)).toBe(shown);
  });
});

describe('what is kept of a login', () => {
  const SECRET = 'Zq7SECRETpw';
  const word = String.fromCharCode(SECRET.length);
  const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
  it.each<[string, number, ...string[]]>([
    ['Redis, a line without CR', 6379, `>AUTH ${SECRET}\n`],
    ['Redis, quoted', 6379, `>AUTH "${SECRET} x"\r\n`],
    ['Redis, the value by itself', 6379, '>*2\r\n$4\r\nAUTH\r\n$11\r\n', '>ZqSECRETpw\r\n'],
    ['Redis, odd numbers', 6379, `>*02\r\n$04\r\nAUTH\r\n$11\r\n${SECRET}\r\n`],
    ['Telnet, typed at once', 23, '<\xff\xfb\x01login: ', `>anna\r\n${SECRET}\r\n`, '<Password: ', '>x\r\n', '<wrong'],
    [
      'Telnet, the secret before its prompt',
      23,
      '<\xff\xfb\x01login: ',
      '>anna\r\n',
      `>${SECRET}\r\n`,
      '<Password: ',
      '>x\r\n',
      '<wrong',
    ],
    [
      'Telnet, all before the prompt',
      23,
      '<\xff\xfb\x01',
      '>anna\r\n',
      '<login: ',
      `>${SECRET}\r\n`,
      '<PIN: ',
      '>1\r\n',
      '<wrong',
    ],
    [
      'Telnet, in German',
      23,
      '<\xff\xfb\x01Benutzername: ',
      '>anna\r\n',
      '<Kennwort: ',
      `>${SECRET}\r\n`,
      '<falsch\r\nlogin: ',
    ],
    [
      'SMTP without the first zero',
      25,
      '<220 SMTP\r\n',
      '>EHLO a\r\n',
      `>AUTH PLAIN ${base64(`anna\0${SECRET}`)}\r\n`,
      '<535 no\r\n',
    ],
    [
      'a token as an account',
      80,
      `>GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic ${base64(`ghp_${SECRET}:x`)}\r\n\r\n`,
    ],
    [
      'SIP, a slash',
      5060,
      `>REGISTER sip:h SIP/2.0\r\nFrom: <sip:anna:a/${SECRET}@h>\r\nTo: <sip:anna:b;${SECRET}@h>\r\nCall-ID: 1\r\n\r\n`,
    ],
    [
      'SIP, a blank',
      5060,
      `>REGISTER sip:h SIP/2.0\r\nFrom: <sip:anna:${SECRET} x@h>\r\nTo: <sip:anna;${SECRET}:b@h>\r\nCall-ID: 1\r\n\r\n`,
    ],
    ['RTSP, a slash', 554, `>DESCRIBE rtsp://anna:a/${SECRET}@h/x RTSP/1.0\r\nCSeq: 1\r\n\r\n`],
    ['IMAP, one word', 143, '<* OK hi\r\n', `>a LOGIN ${SECRET}\r\n`, '<a NO\r\n'],
    ['IMAP, a literal', 143, '<* OK hi\r\n', '>a LOGIN {4}\r\n', `>anna ${SECRET}\r\n`, '<a NO\r\n'],
    ['POP3 on one line', 110, '<+OK hi\r\n', `>USER anna PASS ${SECRET}\r\n`, '>PASS x\r\n', '<-ERR\r\n'],
    ['FTP on one line', 21, '<220 hi\r\n', `>USER anna ${SECRET}\r\n`, '>PASS x\r\n', '<530 no\r\n'],
    ['SOCKS, a length too large', 1080, '>\x05\x01\x02', '<\x05\x02', `>\x01\x10anna${word}${SECRET}xxxx`, '<\x01\x00'],
    ['Zabbix', 10050, `>ZBXD\x01\x3c${'\0'.repeat(7)}mysql.ping["tcp://db:3306","zbx","${SECRET}"]`],
  ])('%s', (_name, port, ...lines) => {
    const { meta, wire } = inspect(tcp(port), (f) => {
      for (const line of lines) {
        if (line.startsWith('>')) f.client(line.slice(1));
        else f.server(line.slice(1));
      }
    });
    expect(meta?.app ?? '').not.toBe('');
    const kept = JSON.stringify([meta, wire.messages.filter(({ kind }) => kind !== 'payload')]);
    expect(kept).not.toMatch(/SECRET/i);
  });
});

describe('what is kept of a flow', () => {
  const request = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;
  const factsOf = (text: string, port = 80): string =>
    JSON.stringify(inspect(tcp(port), (f) => f.client(text)).meta?.facts);

  it('holds no secret of a request', () => {
    expect(factsOf(request('GET /a?token_v2=S3cret'))).toContain('/a?token_v2=…');
    expect(factsOf(request('GET /a', 'User-Agent: tool password=S3cret\r\n'))).toContain('tool password=…');
    expect(factsOf(request('GET http://joe:S3cret@b.example/'))).toContain('joe:…@b.example');
  });

  it('holds no secret that lies across the bound of a fact', () => {
    expect(factsOf(request(`GET //joe:${'S3cret'.repeat(40)}@b.example/`))).not.toContain('S3');
  });

  it('holds no secret of a question', () => {
    expect(factsOf('login password=S3cret\r\n', 43)).toContain('login password=…');
  });

  it('names an account of SIP without what stands behind its colon', () => {
    const { wire } = inspect(tcp(5060), (f) =>
      f.client('REGISTER sip:x SIP/2.0\r\nTo: <sip:joe:S3cret@x>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n'),
    );
    expect(wire.of('login').map(({ user }) => user)).toEqual(['joe']);
  });
});

describe('what a finding says', () => {
  it('holds no secret', () => {
    const finding = makeFinding({
      detector: 'behaviour:test',
      kind: 'intrusion-attempt',
      confidence: 1,
      title: 'It asked for http://joe:S3cret@host/',
      summary: 'Seen: "GET /a?password=S3cret".',
      sources: [],
      targets: [],
      domains: ['joe:S3cret@host'],
      first: { sec: 0, nano: 0 },
      decided: { sec: 0, nano: 0 },
      last: { sec: 0, nano: 0 },
      evidence: [{ fact: 'Requests of /a?sid=S3cret', value: 1, expected: null, unit: 'requests' }],
    });
    expect(JSON.stringify(finding)).not.toContain('S3cret');
  });
});
