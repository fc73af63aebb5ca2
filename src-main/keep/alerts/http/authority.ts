/** The file of an authority of one's own, by whose signature certificates of servers are trusted. */
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { DeliveryError } from '../types.ts';

const FILE_MAX = 1024 * 1024;

/** PEM of the file; undefined where none is named. @throws DeliveryError */
export async function authorityOf(path: string): Promise<string | undefined> {
  if (path === '') return undefined;
  const wrong = (why: string, cause?: unknown): DeliveryError =>
    new DeliveryError(`the certificate authority's file ${path} ${why}`, false, undefined, { cause });
  if (!isAbsolute(path)) throw wrong('must be named by its full path');
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > FILE_MAX) throw new RangeError('too long');
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw wrong('cannot be read', error);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw wrong('holds no certificate in PEM form');
  return text;
}
