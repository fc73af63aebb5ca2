import { describe, expect, it } from 'vitest';
import { sentenceOf } from '../../../src-shared/domain/sentence.ts';

describe('a message as a sentence', () => {
  it.each([
    ['the folder cannot be read', '/data', 'The folder cannot be read.'],
    ['no packets of eth0 were kept on disk', '/data/rings/4', 'No packets of eth0 were kept on disk.'],
    ['password is too short', 'password', 'Password is too short.'],
    ['who are you?', '', 'Who are you?'],
  ])('begins with a capital: %s', (message, where, expected) => {
    expect(sentenceOf({ message, where })).toBe(expected);
  });

  it.each([
    ['imp/eve.json: not a packet capture', 'imp/eve.json'],
    ['eve.json: not a packet capture', '/home/ann/eve.json'],
    ['morning talk.pcap: is empty', '/data/uploads/0123456789abcdef0123456789abcdef-morning talk.pcap'],
    ['monday night, tuesday: is no longer the file that was imported', 'monday night'],
    ['c:\\caps\\a.pcap: no such file', ''],
    ['id.resp_p is not a word', ''],
  ])('leaves a name at its beginning as it is: %s', (message, where) => {
    expect(sentenceOf({ message, where })).toBe(`${message}.`);
  });
});
