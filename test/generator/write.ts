/** Capture writers: pcap and pcapng in memory, compression, files. See README.md beside this file. */
export { pcapFile, pcapHeader, pcapRecord, type PacketIn, type PcapOptions } from './write/pcap.ts';
export {
  PcapngBuilder,
  pcapngFile,
  type BlockPacket,
  type InterfaceOptions,
  type PcapngOption,
} from './write/pcapng.ts';
export { compress, compressionOf, writeChunks, type Compression } from './write/files.ts';
