/** DICOM's upper layer (PS3.8): the request for an association, or its acceptance. */
import { u16, u32, isAsciiText, text } from '../bytes.ts';
import type { FlowContext } from '../context.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';
import { once } from '../once.ts';

function association(flow: FlowContext, _fromOrig: boolean, data: Uint8Array, at: number, end: number): void {
  if (end - at < 42) return;
  flow.fact('dicom.called', text(data, at + 10, at + 26).trim());
  flow.fact('dicom.calling', text(data, at + 26, at + 42).trim());
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 42 || data[at + 1] !== 0 || u16(data, at + 6) !== 1 || u16(data, at + 8) !== 0) return NO;
  return u32(data, at + 2) >= 68 && u32(data, at + 2) < 65536 && isAsciiText(data, at + 10, at + 42) ? YES : NO;
}

export const dicom: Inspector = {
  id: 'dicom',
  over: 'tcp',
  ports: [104, 11112],
  first: [0x01, 0x02],
  service: '',
  app: 'DICOM',
  probe,
  open: once(association),
};
