import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../../src-main/meter/protocols/secrets.ts';

describe('addresses of the web without their secrets', () => {
  it.each([
    ['/login?user=joe&password=S3cret', '/login?user=joe&password=…'],
    ['/a?pwd=S3cret&next=%2Fhome', '/a?pwd=…&next=%2Fhome'],
    ['/a?access_token=S3cret#top', '/a?access_token=…#top'],
    ['/stok;stok=S3cret/admin', '/stok;stok=…/admin'],
    ['/a%3Fpassword%3DS3cret', '/a%3Fpassword%3D…'],
    ['http://joe:S3cret@host/x', 'http://joe:…@host/x'],
    ['joe:S3cret@host', 'joe:…@host'],
    ["/login.php?user=admin'+or+1=1--&password=S3cret", "/login.php?user=admin'+or+1=1--&password=…"],
  ])('%s', (given, clean) => {
    expect(withoutSecrets(given)).toBe(clean);
    expect(withoutSecrets(given)).not.toContain('S3cret');
  });

  it.each(['/index.html?page=2&sort=asc', '/compass?direction=north', '/', 'host:8080', 'http://host/a@b'])(
    '%s stays as it is',
    (given) => {
      expect(withoutSecrets(given)).toBe(given);
    },
  );

  it('takes time in proportion to the length, whatever it holds', () => {
    const begin = performance.now();
    for (const part of ['?pass', 'password=', '//a:', '%3d', '&&&', 'a:b@'])
      withoutSecrets(part.repeat(2048 / part.length));
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
