import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../../src-main/detect/signatures/app/limits.ts';
import { buffers, latin, numbers, tell, type Told } from './made.ts';
import { answer, chunks, deflated, HTTP } from './samples.ts';

const WANTED = 'This is what was to be hidden.';
const bodies = (headers: string, body: string): string[] => buffers(tell(answer(headers, body)), 'file_data', 1);
const whole = (text: string): string[] =>
  buffers(
    tell({
      port: 80,
      steps: [
        [0, 'GET /f HTTP/1.1\r\n\r\n'],
        [1, text],
      ],
    }),
    'file_data',
    1,
  );
const asked = (text: string): Told => tell({ port: 80, steps: [[0, text]] });

describe('a request of HTTP', () => {
  it('has its parts in buffers', () => {
    const told = tell(HTTP);
    expect(told.protocols).toEqual(['http1']);
    expect(buffers(told, 'http.method')).toEqual(['GET', 'POST']);
    expect(buffers(told, 'http.uri')).toEqual(['/b c?x=A', '/up']);
    expect(buffers(told, 'http.uri.raw')).toEqual(['/a/../b%20c?x=%41', '/up']);
    expect(numbers(told, 'urilen')).toEqual([8, 3]);
    expect(buffers(told, 'http.host')).toEqual(['example.com', 'h']);
    expect(buffers(told, 'http.host.raw')[0]).toBe('Example.COM:80');
    expect(buffers(told, 'http.request_line')[1]).toBe('POST /up HTTP/1.1');
    expect(buffers(told, 'http.header', 0)[0]).toBe('Host: Example.COM:80\r\nUser-Agent: me\r\n');
    expect(buffers(told, 'http.header_names', 0)[0]).toBe('\r\nHost\r\nUser-Agent\r\nCookie\r\n\r\n');
    expect(buffers(told, 'http.cookie', 0)).toEqual(['k=v']);
    expect(buffers(told, 'http.request_body')).toEqual(['abc']);
    expect(buffers(told, 'http.start', 0)[1]).toBe('POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n');
  });

  it('has the number of its answer', () => {
    expect(tell(HTTP).transactions.map(({ direction, id }) => `${String(direction)}${String(id)}`)).toEqual([
      '00',
      '10',
      '01',
      '11',
    ]);
  });

  it.each([
    ['//a///b', '/a/b'],
    ['/a\\b', '/a/b'],
    ['/%2e%2e/%61', '/a'],
    ['/a/./b/../c', '/a/c'],
    ['/100%zz', '/100%zz'],
    ['http://Host/x?y', '/x?y'],
  ])('normalises %s', (given, wanted) => {
    expect(buffers(asked(`GET ${given} HTTP/1.1\r\n\r\n`), 'http.uri')).toEqual([wanted]);
  });

  it('keeps white space inside the target, and folds and joins header fields', () => {
    const told = asked('GET /a b HTTP/1.1\r\nX: 1\r\n  2\r\nx: 3\r\n\r\n');
    expect(buffers(told, 'http.uri.raw')).toEqual(['/a b']);
    expect(buffers(told, 'http.request_header')).toEqual(['X: 1 2, 3']);
    expect(told.events).toContain('0 http.invalid_request_field_folding');
    expect(told.events).toContain('0 http.missing_host_header');
  });

  it('gives the files of a form', () => {
    const form =
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nno\r\n--b\r\nContent-Disposition: form-data; name="f"; filename="x.php"\r\n\r\n<?php ?>\r\n--b--\r\n';
    const told = asked(
      `POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${String(form.length)}\r\n\r\n${form}`,
    );
    expect(buffers(told, 'file_data')).toEqual(['<?php ?>']);
    expect(buffers(told, 'file.name')).toEqual(['x.php']);
    expect(buffers(told, 'http.request_body')).toEqual([form]);
  });

  it('need not name its protocol if header fields follow', () => {
    const told = asked('GET /x\r\nHost: h\r\n\r\n');
    expect([buffers(told, 'http.host'), buffers(told, 'http.uri')]).toEqual([['h'], ['/x']]);
  });

  it('counts as far as it came', () => {
    const told = asked('POST /x HTTP/1.1\r\nContent-Length: 100\r\n\r\npart');
    expect(buffers(told, 'http.request_body')).toEqual(['part']);
  });

  it('may open a tunnel in which another protocol is spoken', () => {
    const told = tell({
      port: 3128,
      steps: [
        [0, 'CONNECT h:22 HTTP/1.1\r\n\r\nSSH-2.0-a\r\n'],
        [1, 'HTTP/1.1 200 ok\r\n\r\nSSH-2.0-b\r\n'],
      ],
    });
    expect(told.protocols).toEqual(['http1', 'ssh']);
    expect(buffers(told, 'ssh.software')).toEqual(['a', 'b']);
  });
});

describe('the body of an answer', () => {
  const zip = latin(gzipSync(WANTED));
  const zlib = latin(deflateSync(WANTED));

  it.each([
    ['gzip', 'Content-Encoding: gzip\r\n', zip],
    ['x-gzip, odd letters', 'cONTENT-eNCODING : X-GZip\r\n', zip],
    ['deflate with a zlib header', 'Content-Encoding: deflate\r\n', zlib],
    ['deflate without', 'Content-Encoding: deflate\r\n', deflated(WANTED)],
    ['gzip labelled deflate', 'Content-Encoding: deflate\r\n', zip],
    ['twice', 'Content-Encoding: deflate, gzip\r\n', latin(gzipSync(Buffer.from(deflated(WANTED), 'latin1')))],
    [
      'labels in two fields',
      'Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n',
      latin(gzipSync(Buffer.from(deflated(WANTED), 'latin1'))),
    ],
    ['a NUL in the name', 'Content-\0Encoding: gzip\r\n', zip],
    ['a folded name', 'Content-Encoding\r\n : gzip\r\n', zip],
    ['lone CR before the field', 'X: y\rContent-Encoding: gzip\r\n', zip],
    ['a CR before the value', 'Content-Encoding:\rgzip\r\n', zip],
    ['a CR before the colon', 'Content-Encoding\r: gzip\r\n', zip],
    ['labelled gzip, plain', 'Content-Encoding: gzip\r\n', WANTED],
    ['chunked', 'Transfer-Encoding: chunked\r\n', chunks(WANTED)],
    ['chunked under another name', 'Transfer-Encoding: xchunked\r\n', chunks(WANTED)],
    ['chunk sizes with junk', 'Transfer-Encoding: chunked\r\n', `0x1e ;a=b\r\n${WANTED}\r\n0\r\n\r\n`],
    ['chunks ended by LF', 'Transfer-Encoding: chunked\r\n', `1e\n${WANTED}\n0\n\n`],
    ['labelled chunked, plain', 'Transfer-Encoding: chunked\r\n', WANTED],
    ['more than announced', 'Content-Length: 5\r\n', WANTED],
    ['less than announced', 'Content-Length: 500\r\n', WANTED],
    ['contradicting lengths', 'Content-Length: 1\r\nContent-Length: 30\r\n', WANTED],
    ['chunked and a length', `Content-Length: 3\r\nTransfer-Encoding: chunked\r\n`, chunks(WANTED)],
    ['a field hidden by a fold', 'A: b\r\n Transfer-Encoding: chunked\r\n', chunks(WANTED)],
    ['no framing', '', WANTED],
  ])('is found: %s', (_name, headers, body) => {
    expect(bodies(headers, body)[0]).toBe(WANTED);
  });

  it.each([
    ['HTTP/0.9', WANTED],
    ['an empty line first', `\r\n\r\nHTTP/1.1 200 ok\r\n\r\n${WANTED}`],
    ['a NUL first', `\0HTTP/1.1 200 ok\r\n\r\n${WANTED}`],
    ['a line of another protocol first', `SIP/2.0 200 ok\r\nHTTP/1.1 200 ok\r\n\r\n${WANTED}`],
    ['LF only', `HTTP/1.1 200 ok\nX: y\n\n${WANTED}`],
    ['LFCR', `HTTP/1.1 200 ok\n\rX: y\n\rContent-Length: 30\r\n\r\n${WANTED}`],
    ['white space ends the headers', `HTTP/1.1 200 ok\nX: y\n\t\n${WANTED}`],
    ['a status that has none', `HTTP/1.1 304 ok\r\nContent-Length: 30\r\n\r\n${WANTED}`],
    ['an interim answer first', `HTTP/1.1 100 go on\r\n\r\nHTTP/1.1 200 ok\r\n\r\n${WANTED}`],
    ['an odd version', `HTTP/7.0 200 ok\r\n\r\n${WANTED}`],
  ])('is found: %s', (_name, text) => {
    expect(whole(text)).toEqual([WANTED]);
  });

  it('counts as far as it could be decoded', () => {
    const broken = zip.slice(0, 25);
    expect(WANTED.startsWith(bodies('Content-Encoding: gzip\r\n', broken)[0]!)).toBe(true);
    expect(bodies('Content-Encoding: gzip\r\n', broken)[0]!.length).toBeGreaterThan(4);
  });

  it('has a ceiling', () => {
    const told = tell(answer('Content-Encoding: gzip\r\n', latin(gzipSync(Buffer.alloc(8 << 20)))));
    expect(buffers(told, 'file_data')[0]!.length).toBe(LIMITS.decoded);
    expect(told.events).toContain('1 http.compression_bomb');
  });

  it('is of no answer to HEAD', () => {
    const told = tell({
      port: 80,
      steps: [
        [0, 'HEAD / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n'],
        [1, 'HTTP/1.1 200 ok\r\nContent-Length: 30\r\n\r\nHTTP/1.1 201 made\r\nContent-Length: 2\r\n\r\nok'],
      ],
    });
    expect(buffers(told, 'http.stat_code')).toEqual(['200', '201']);
    expect(buffers(told, 'file_data')).toEqual(['ok']);
  });
});
