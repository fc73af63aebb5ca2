/** The desktop's side of the page: what its preload script lets a page ask. In a browser there is none. */
import { z } from '../../src-shared/contract/schema.ts';
import { errorEnvelope, errorOfEnvelope } from '../../src-shared/contract/wire.ts';
import { SondeError } from '../../src-shared/errors.ts';

interface SondeShell {
  connect(token: string): Promise<unknown>;
  openFiles(): Promise<unknown>;
  pathsOf(files: readonly File[]): Promise<unknown>;
  save(id: string, name: string): Promise<unknown>;
  hasWireshark(): Promise<unknown>;
  openInWireshark(id: string, name: string, filter: string): Promise<unknown>;
  printToPdf(name: string): Promise<unknown>;
  setTheme(theme: string): Promise<unknown>;
  onGo(listener: (to: unknown) => void): void;
}

const answered = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorEnvelope }),
]);

function shell(): SondeShell | undefined {
  return (globalThis as { sondeShell?: SondeShell }).sondeShell;
}

/** Whether this page is in the desktop's window. */
export function isDesktop(): boolean {
  return shell() !== undefined;
}

function there(): SondeShell {
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

/**
 * Asks for a line to the engine; resolves with its port. `from`: the window the port is told to.
 *
 * @throws SondeError (rejects) where the engine does not run
 */
export function askForPort(from: Window): Promise<MessagePort> {
  const token = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    const take = (event: MessageEvent<unknown>): void => {
      const data = event.data as { sonde?: unknown; token?: unknown } | null;
      const [port] = event.ports;
      if (event.source !== from || data?.sonde !== 'port' || data.token !== token || !port) return;
      from.removeEventListener('message', take);
      resolve(port);
    };
    from.addEventListener('message', take);
    valueOf(z.unknown(), there().connect(token)).catch((error: unknown) => {
      from.removeEventListener('message', take);
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
