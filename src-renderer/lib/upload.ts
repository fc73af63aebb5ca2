/** Carries a file to the program, telling how far it is. */
import { z } from '../../src-shared/contract/schema.ts';
import { SondeError } from '../../src-shared/errors.ts';
import { pageKey } from './page-key.ts';
import { errorEnvelope, errorOfEnvelope } from '../../src-shared/contract/wire.ts';

const answer = z.object({ id: z.string(), bytes: z.number() });

/** fetch cannot tell how much was sent; XMLHttpRequest can. @throws SondeError */
export function upload(file: File, onSent: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `./upload?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('x-sonde-key', pageKey() ?? '');
    request.upload.addEventListener('progress', ({ loaded }) => onSent(loaded));
    request.addEventListener('load', () => {
      const body = parse(request.responseText);
      const good = answer.safeParse(body);
      if (request.status < 300 && good.success) return resolve(good.data.id);
      const told = errorEnvelope.safeParse(body);
      reject(told.success ? errorOfEnvelope(told.data) : broken(file.name, `the program answered ${request.status}`));
    });
    request.addEventListener('error', () => reject(broken(file.name, `${file.name} could not be sent`)));
    request.addEventListener('abort', () =>
      reject(new SondeError('cancelled', `sending ${file.name} was cancelled`, file.name, '')),
    );
    signal.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

function broken(name: string, what: string): SondeError {
  return new SondeError(
    'read-failed',
    what,
    name,
    'Check that the file is still there and that the program runs, then try again.',
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
