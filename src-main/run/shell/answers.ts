/** What the page may ask, and what is answered. */
import { z } from '../../../src-shared/contract/schema.ts';
import { settingsShape, type Settings } from '../../../src-shared/contract/topics/settings.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { ASK, TELL } from './channels.ts';
import type { DialogParts, Frame, Page, Port } from './electron-parts.ts';
import type { EngineHost } from './engine-host.ts';
import { absoluteFile, FILES_MAX } from './inputs.ts';
import type { Ipc } from './ipc.ts';
import type { Lines } from './lines.ts';
import { fileName, printToPdf, saveFile } from './saving.ts';
import { SECRET, SECRET_NAME, type Secrets } from './secrets.ts';
import { findWireshark, openInWireshark } from './wireshark.ts';

const nothing = z.strictObject({});
const downloadId = z.string().regex(/^[0-9a-f]{32}$/);
const token = z.string().regex(/^[\w-]{16,64}$/);

const CAPTURES = ['pcap', 'pcapng', 'cap', 'dmp', 'gz', 'zst', 'log', 'json', 'ndjson', 'ipfix', 'sondecase'];

export interface AnswerParts {
  ipc: Ipc;
  engine: EngineHost;
  lines: Lines;
  dialog: DialogParts;
  secrets: Secrets;
  /** The page that is shown. */
  page: () => Pick<Page, 'printToPDF'> | null;
  makeChannel: () => { port1: Port; port2: Port };
  onTheme(theme: Settings['theme']): void;
  documents: string;
  temporary: string;
}

/** Native dialog for captures; [] when the user changed their mind. */
export async function askForFiles(dialog: Pick<DialogParts, 'showOpenDialog'>, folder: string): Promise<string[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog({
    title: 'Open captures',
    defaultPath: folder,
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Packet captures', extensions: CAPTURES },
      { name: 'All files', extensions: ['*'] },
    ],
  });
  return canceled ? [] : filePaths.slice(0, FILES_MAX);
}

/** A line of the page to the engine, once the engine runs; the port comes by itself. */
async function connect({ engine, lines, makeChannel }: AnswerParts, given: string, from: Frame): Promise<void> {
  await engine.whenReady();
  const { port1, port2 } = makeChannel();
  engine.connect(port1);
  lines.add(given, from);
  // A port is a port of Electron's here; the type of `Port` leaves out what nobody uses.
  from.postMessage(TELL.port, given, [port2 as never]);
}

function shownPage(parts: AnswerParts): Pick<Page, 'printToPDF'> {
  const page = parts.page();
  if (page) return page;
  throw new SondeError('not-found', 'there is no page to print', '', 'Open the window.');
}

export function answerPage(parts: AnswerParts): void {
  const { ipc, engine, secrets, dialog, documents, temporary } = parts;
  ipc.answer(ASK.connect, z.strictObject({ token }), (input, from) => connect(parts, input.token, from));
  ipc.answer(ASK.openFiles, nothing, async () => {
    const files = await askForFiles(dialog, documents);
    await engine.grant(files);
    return files;
  });
  // Asked by the preload script for files that the user dropped: the page itself cannot tell their paths.
  ipc.answer(ASK.grant, z.strictObject({ paths: z.array(absoluteFile).max(FILES_MAX) }), ({ paths }) =>
    engine.grant(paths),
  );
  ipc.answer(ASK.save, z.strictObject({ id: downloadId, name: fileName }), ({ id, name }) => saveFile(parts, id, name));
  ipc.answer(ASK.hasWireshark, nothing, () => findWireshark() !== null);
  const packets = z.strictObject({ id: downloadId, name: fileName, filter: z.string().max(20_000) });
  ipc.answer(ASK.openInWireshark, packets, ({ id, ...file }) =>
    openInWireshark({ temporary, take: (to) => engine.ask({ what: 'save', id, to }) }, file),
  );
  ipc.answer(ASK.printToPdf, z.strictObject({ name: fileName }), ({ name }) =>
    printToPdf(parts, shownPage(parts), name),
  );
  ipc.answer(ASK.setSecret, z.strictObject({ name: SECRET_NAME, secret: SECRET }), ({ name, secret }) =>
    secrets.set(name, secret),
  );
  ipc.answer(ASK.hasSecret, z.strictObject({ name: SECRET_NAME }), ({ name }) => secrets.has(name));
  ipc.answer(ASK.setTheme, z.strictObject({ theme: settingsShape.shape.theme }), ({ theme }) => parts.onTheme(theme));
}
