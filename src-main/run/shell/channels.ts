/** The names that cross between the page's preload script and the main process: the whole list. */
/** Asked by the page, answered by the main process. */
export const ASK = {
  connect: 'sonde:connect',
  openFiles: 'sonde:open-files',
  grant: 'sonde:grant',
  save: 'sonde:save',
  openInWireshark: 'sonde:open-in-wireshark',
  hasWireshark: 'sonde:has-wireshark',
  printToPdf: 'sonde:print-to-pdf',
  setSecret: 'sonde:set-secret',
  hasSecret: 'sonde:has-secret',
  setTheme: 'sonde:set-theme',
} as const;

/** Said to the page. */
export const TELL = { port: 'sonde:port', lost: 'sonde:lost', go: 'sonde:go' } as const;
