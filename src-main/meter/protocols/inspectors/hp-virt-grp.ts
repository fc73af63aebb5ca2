/** HP's management of groups of virtual machines (without a specification): a kind and the length of the message. */
import { u16 } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const KIND_LENGTH_MIN = 4;

/** TLS's records begin alike; their version stands where the length does here. */
function isTls(version: number): boolean {
  return version >= 0x0300 && version <= 0x0304;
}

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (!p.fromStart || end - at < KIND_LENGTH_MIN || data[at + 3] !== 0) return NO;
  const length = u16(data, at + 1);
  return length === end - at && !isTls(length) ? YES : NO;
}

export const hpVirtGrp: Inspector = {
  id: 'hp-virt-grp',
  over: 'tcp',
  ports: [],
  first: [0x16],
  service: '',
  app: 'HP_VIRTGRP',
  probe,
};
