import { chmod, mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { fromSystemError } from '../../../src-main/meter/packets/errors.ts';
import { pcapHeader, PcapngBuilder } from '../../generator/write.ts';
import { readBytes, readPaths, withFiles } from './helpers.ts';
import { needs } from '../../setup/skip.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('inputs that cannot be read', () => {
  it('that are missing say so', async () => {
    await expect(readPaths(['no/such/file.pcap'])).rejects.toMatchObject({
      code: 'not-found',
      path: 'no/such/file.pcap',
      message: 'no/such/file.pcap: no such file. Check the path.',
    });
  });

  it('that are directories say so', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sonde-packets-'));
    await expect(readPaths([folder])).rejects.toMatchObject({ code: 'directory' });
    await rmdir(folder);
  });

  needs(process.getuid?.() !== 0, 'root may read every file')('that may not be read say so', async () => {
    await withFiles([pcapHeader()], async ([path]) => {
      await chmod(path!, 0);
      await expect(readPaths([path!])).rejects.toMatchObject({ code: 'permission' });
    });
  });

  it('that the system refuses or cannot give say why', () => {
    const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect(fromSystemError('secret.pcap', refused)).toMatchObject({
      code: 'permission',
      path: 'secret.pcap',
      message: 'secret.pcap: no permission to read it. Ask its owner, or copy it to where you may read.',
    });
    const failed = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    expect(fromSystemError('-', failed)).toMatchObject({
      code: 'unreadable',
      message: expect.stringContaining('standard input: cannot be read (EIO: i/o error, read)') as string,
    });
  });

  it('that are empty say so', async () => {
    await expect(readBytes([new Uint8Array(0)])).rejects.toMatchObject({ code: 'empty-file' });
  });

  it.each([
    ['text', 'Hello, this is a report.\nNothing else.\n', 'text'],
    ['JSON', ' {"a": 1}', 'JSON'],
    ['a Zeek log', '#separator \\x09\n#fields\tts\n', 'a Zeek log'],
    ['a ZIP archive', 'PK\x03\x04\x14\x00', 'a ZIP archive'],
    ['CSV', 'time,source,destination\n1,2,3\n', 'comma-separated text'],
    ['a web page', '<!DOCTYPE html><html>', 'a web page'],
    ['zero bytes', '\0'.repeat(100), 'zero bytes only'],
    ['something unknown', '\x01\x02\x03\x04\x05\xfe', 'binary data'],
  ])('that hold %s are told what they look like', async (_, content, looks) => {
    await expect(readBytes([text(content)])).rejects.toMatchObject({
      code: 'not-a-capture',
      message: expect.stringContaining(`it looks like ${looks}`) as string,
    });
  });

  it('that hold compressed text are told both', async () => {
    await expect(readBytes([gzipSync(text('{"a":1}'))])).rejects.toMatchObject({
      code: 'not-a-capture',
      message: expect.stringContaining('gzip-compressed data that holds JSON') as string,
    });
  });

  it('that are compressed and damaged from the start say so', async () => {
    const bytes = gzipSync(text('x'.repeat(1000)));
    bytes.fill(0xff, 10);
    await expect(readBytes([bytes])).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('of another version say which', async () => {
    await expect(readBytes([pcapHeader({ version: [1, 0] })])).rejects.toMatchObject({
      code: 'unsupported-version',
      message: expect.stringContaining('pcap version 1.0') as string,
    });
    await expect(readBytes([new PcapngBuilder().section({ version: [3, 1] }).bytes()])).rejects.toMatchObject({
      code: 'unsupported-version',
    });
  });

  it('that end inside their header say so', async () => {
    await expect(readBytes([pcapHeader().subarray(0, 20)])).rejects.toMatchObject({ code: 'unreadable' });
    await expect(readBytes([new PcapngBuilder().section().bytes().subarray(0, 11)])).rejects.toMatchObject({
      code: 'unreadable',
    });
  });

  it('are an error when no capture is named', async () => {
    await expect(readPaths([])).rejects.toMatchObject({ name: 'InputError' });
  });
});
