/** Several files on their way to the program, one after another. */
import { upload } from './upload.ts';

/** Files on their way, before the program reads them. */
export interface Sending {
  names: string[];
  sent: number;
  total: number;
}

/** Their ids in the order given; tells how far it is. @throws SondeError */
export async function sendFiles(
  files: readonly File[],
  onSending: (sending: Sending) => void,
  signal: AbortSignal,
): Promise<{ kind: 'upload'; id: string }[]> {
  const names = files.map(({ name }) => name);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const sources: { kind: 'upload'; id: string }[] = [];
  let before = 0;
  for (const file of files) {
    const base = before;
    onSending({ names, sent: base, total });
    const id = await upload(file, (sent) => onSending({ names, sent: base + sent, total }), signal);
    sources.push({ kind: 'upload', id });
    before += file.size;
  }
  return sources;
}
