/** MongoDB: the header of its messages, whose length fits and whose operation is known. */
import { u32le } from '../bytes.ts';
import { NO, YES, type Inspector, type Probe, type Verdict } from '../inspector.ts';

const OPERATIONS = new Set([1, 1000, 2001, 2002, 2004, 2005, 2006, 2007, 2010, 2011, 2012, 2013]);

function probe(p: Probe): Verdict {
  const { data, at, end } = p;
  if (end - at < 16) return NO;
  const length = u32le(data, at);
  const operation = u32le(data, at + 12);
  if (length < 16 || length > 48_000_000 || !OPERATIONS.has(operation)) return NO;
  // Requests answer nothing; OP_REPLY (1) does.
  return operation !== 1 || u32le(data, at + 8) !== 0 ? YES : NO;
}

export const mongodb: Inspector = {
  id: 'mongodb',
  over: 'tcp',
  ports: [27017, 27018],
  service: '',
  app: 'MongoDB',
  probe,
};
