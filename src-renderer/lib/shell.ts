/** The desktop's side of the page: what its preload script lets a page ask. In a browser there is none. */
import { z } from '../../src-shared/contract/schema.ts';
import { errorEnvelope, errorOfEnvelope } from '../../src-shared/contract/wire.ts';
import { SondeError } from '../../src-shared/errors.ts';
import type { SondeShell } from '../../src-shared/shell.ts';

const answered = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorEnvelope }),
]);

function shell(): SondeShell<File> | undefined {
  return (globalThis as { sondeShell?: SondeShell<File> }).sondeShell;
}

/** Whether this page is in the desktop's window. */
export function isDesktop(): boolean {
  return shell() !== undefined;
}

function there(): SondeShell<File> {
  const found = shell();
  if (found) return found;
  throw new SondeError(
    'not-allowed',
    'this needs the desktop application',
    '',
    'Start Sonde as a desktop application.',
  );
}

async function valueOf<T>(schema: z.ZodType<T>, asking: Promise<unknown>): Promise<T> {
  const answer = answered.parse(await asking);
  if (answer.ok) return schema.parse(answer.value);
  throw errorOfEnvelope(answer.error);
}

/** Native dialog; [] when the user changed their mind. @throws SondeError */
export function chooseFiles(): Promise<string[]> {
  return valueOf(z.array(z.string()), there().openFiles());
}

/** Paths of dropped files, which may be imported from then on; what is no file of the disk is left out. @throws SondeError */
export function pathsOf(files: readonly File[]): Promise<string[]> {
  return valueOf(z.array(z.string()), there().pathsOf(files));
}

/** Where it was kept; null when the user changed their mind. @throws SondeError */
export function saveDownload(id: string, name: string): Promise<string | null> {
  return valueOf(z.string().nullable(), there().save(id, name));
}

export function canOpenInWireshark(): Promise<boolean> {
  return isDesktop() ? valueOf(z.boolean(), there().hasWireshark()) : Promise.resolve(false);
}

/** Opens exported packets with a display filter. @throws SondeError */
export async function openInWireshark(made: { download: string; name: string }, filter: string): Promise<void> {
  await valueOf(z.unknown(), there().openInWireshark(made.download, made.name, filter));
}

/** The page as a PDF, where the user chooses; null when they changed their mind. @throws SondeError */
export function printToPdf(name: string): Promise<string | null> {
  return valueOf(z.string().nullable(), there().printToPdf(name));
}

/** The theme of what the system draws around the page. */
export function tellTheme(theme: string): void {
  shell()
    ?.setTheme(theme)
    .catch(() => undefined);
}

const destination = z.union([
  z.object({ place: z.string().startsWith('/') }),
  z.object({ view: z.string() }),
  z.object({ action: z.enum(['sample', 'keys', 'csv', 'ndjson', 'pcapng']) }),
]);
export type Destination = z.infer<typeof destination>;

/** What the menu, a notification or a file that was opened asks for. */
export function onGo(listener: (to: Destination) => void): void {
  shell()?.onGo((to) => {
    const parsed = destination.safeParse(to);
    if (parsed.success) listener(parsed.data);
  });
}

/** A line to the engine. */
export interface EngineLine {
  port: MessagePort;
  /** Calls back when the engine is gone; a port does not tell. */
  onLost(listener: () => void): void;
}

/**
 * Asks for a line to the engine. `page`: the window that is told of its port and of its end.
 *
 * @throws SondeError (rejects) where the engine does not run
 */
export function askForLine(page: Window): Promise<EngineLine> {
  const token = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    let lost: () => void = () => undefined;
    const take = ({ source, data, ports: [port] }: MessageEvent<{ sonde?: unknown; token?: unknown } | null>): void => {
      if (source !== page || data?.token !== token) return;
      if (data.sonde === 'port' && port) resolve({ port, onLost: (listener) => void (lost = listener) });
      if (data.sonde !== 'lost') return;
      page.removeEventListener('message', take);
      lost();
    };
    page.addEventListener('message', take);
    valueOf(z.unknown(), there().connect(token)).catch((error: unknown) => {
      page.removeEventListener('message', take);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
