/** What an input is by its first bytes, never by its name. */
import { isPcap } from '../formats/pcap.ts';
import { isPcapng } from '../formats/pcapng.ts';

export type CaptureFormat = 'pcap' | 'pcapng';

export function captureFormat(head: Uint8Array): CaptureFormat | null {
  if (isPcapng(head)) return 'pcapng';
  return isPcap(head) ? 'pcap' : null;
}

/** Beginnings of other files that people mistake for captures, as latin-1 text. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a ZIP archive; unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive; unpack it first'],
  ['Rar!', 'a RAR archive; unpack it first'],
  ['\xfd7zXZ', 'an xz-compressed file; unpack it first (unxz)'],
  ['BZh', 'a bzip2-compressed file; unpack it first (bunzip2)'],
  ['\x04"M\x18', 'an LZ4-compressed file; unpack it first (unlz4)'],
  ['#separator', 'a Zeek log; triage reads the flows of a conn.log, but it holds no packets'],
  ['#fields', 'a Zeek log; triage reads the flows of a conn.log, but it holds no packets'],
  ['\x0c\xa5', 'an nfdump file; triage reads its flows, but it holds no packets'],
  ['SQLite format 3', 'an SQLite database'],
  ['snoop\0', 'a Solaris snoop file; convert it first (editcap -F pcapng IN OUT)'],
  ['GMBU', 'a Microsoft Network Monitor file; convert it first (editcap -F pcapng IN OUT)'],
  ['RTSS', 'a Microsoft Network Monitor file; convert it first (editcap -F pcapng IN OUT)'],
  ['XCP\0', 'a NetXRay or Sniffer file; convert it first (editcap -F pcapng IN OUT)'],
  ['TRSNIFF', 'a Sniffer file; convert it first (editcap -F pcapng IN OUT)'],
  ['%PDF', 'a PDF document'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a Windows program'],
  ['\x89PNG', 'a picture'],
  ['<?xml', 'an XML document'],
  ['<!DOCTYPE', 'a web page; was it saved from a download page?'],
  ['<html', 'a web page; was it saved from a download page?'],
  ['version https://git-lfs', 'a Git LFS pointer, not the file itself; fetch it with: git lfs pull'],
];

const TEXT_SAMPLE = 4096;

function isText(head: Uint8Array): boolean {
  const sample = head.subarray(0, TEXT_SAMPLE);
  return sample.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13);
}

/** Completes "it looks like …" for bytes that are no capture. */
export function describeContent(head: Uint8Array): string {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, TEXT_SAMPLE)).toString('latin1');
  const known = BEGINNINGS.find(([start]) => text.startsWith(start));
  if (known) return known[1];
  if (text.startsWith('ustar', 257)) return 'a tar archive; unpack it first';
  if (head.every((byte) => byte === 0)) return 'zero bytes only; the file was allocated but never written';
  if (!isText(head)) return 'binary data of another kind';
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return 'JSON';
  return /^[^\n]*,[^\n]*,/.test(trimmed) ? 'comma-separated text' : 'text';
}
