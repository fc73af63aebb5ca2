/** The application's menu: what can be done, each with its key. */
import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';

export interface MenuActions {
  open(): void;
  openSample(): void;
  openRecent(path: string): void;
  clearRecent(): void;
  /** Flows or packets of the capture that is looked at. */
  export(what: 'csv' | 'ndjson' | 'pcapng'): void;
  print(): void;
  /** Goes to a view of the desk, of the capture that is looked at. */
  go(view: string): void;
  keys(): void;
  commandLine(): void;
  techniques(): void;
  log(): void;
  about(): void;
}

export interface MenuFacts {
  mac: boolean;
  packaged: boolean;
  recent: readonly string[];
}

/** Views of the desk by their names (src-renderer/app/views.ts); their places here are the digits that open the first ten. */
export const VIEWS: readonly (readonly [label: string, view: string])[] = [
  ['Captures', 'open'],
  ['Live', 'live'],
  ['Overview', 'overview'],
  ['Incidents', 'incidents'],
  ['Hosts', 'hosts'],
  ['Flows', 'flows'],
  ['Graph', 'graph'],
  ['Alert history', 'history'],
  ['Settings', 'settings'],
  ['Audit', 'audit'],
  ['Lab', 'lab'],
  ['Alerts', 'alerts'],
  ['Rules && lists', 'rules'],
  ['Help', 'help'],
  ['Packets', 'packets'],
  ['Compare', 'compare'],
  ['Fleet', 'fleet'],
];

type Item = MenuItemConstructorOptions;
const SEPARATOR: Item = { type: 'separator' };

/** `&` marks a letter in menus. */
const plain = (text: string): string => text.replaceAll('&', '&&');

function recentMenu(actions: MenuActions, recent: readonly string[]): Item {
  const twice = new Set(recent.map((path) => basename(path)).filter((name, n, all) => all.indexOf(name) !== n));
  const list = recent.map((path): Item => {
    const name = basename(path);
    return { label: plain(twice.has(name) ? path : name), toolTip: path, click: () => actions.openRecent(path) };
  });
  const clear: Item[] = [SEPARATOR, { label: '&Clear this list', click: () => actions.clearRecent() }];
  return { label: 'Open &recent', enabled: recent.length > 0, submenu: recent.length > 0 ? [...list, ...clear] : [] };
}

function fileMenu(actions: MenuActions, { mac, recent }: MenuFacts): Item {
  const outputs: Item[] = [
    { label: '&Flows as CSV…', accelerator: 'CmdOrCtrl+E', click: () => actions.export('csv') },
    { label: 'Flows as &JSON lines…', click: () => actions.export('ndjson') },
    { label: '&Packets as pcapng…', accelerator: 'CmdOrCtrl+Shift+E', click: () => actions.export('pcapng') },
  ];
  return {
    label: '&File',
    submenu: [
      { label: '&Open…', accelerator: 'CmdOrCtrl+O', click: () => actions.open() },
      { label: 'Open the &sample capture', accelerator: 'CmdOrCtrl+Shift+O', click: () => actions.openSample() },
      recentMenu(actions, recent),
      SEPARATOR,
      { label: '&Export', submenu: outputs },
      { label: 'Save this view as P&DF…', accelerator: 'CmdOrCtrl+P', click: () => actions.print() },
      SEPARATOR,
      ...(mac
        ? []
        : [{ label: 'Se&ttings', accelerator: 'CmdOrCtrl+,', click: () => actions.go('settings') }, SEPARATOR]),
      mac ? { role: 'close' } : { role: 'quit' },
    ],
  };
}

/** As Apple's guidelines have it: About, Settings, Services, Hide, Quit under the program's name. */
function appMenu(actions: MenuActions): Item {
  return {
    label: 'Sonde',
    submenu: [
      { label: 'About Sonde', click: () => actions.about() },
      SEPARATOR,
      { label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: () => actions.go('settings') },
      SEPARATOR,
      { role: 'services' },
      SEPARATOR,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  };
}

function viewMenu(actions: MenuActions, { packaged }: MenuFacts): Item {
  const views = VIEWS.map(([label, view], n): Item => {
    const digit = n < 10 ? { accelerator: `CmdOrCtrl+${(n + 1) % 10}` } : {};
    return { label, ...digit, click: () => actions.go(view) };
  });
  const zoom: Item[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }];
  const tools: Item[] = packaged ? [] : [SEPARATOR, { role: 'reload' }, { role: 'toggleDevTools' }];
  return { label: '&View', submenu: [...views, SEPARATOR, ...zoom, ...tools] };
}

function helpMenu(actions: MenuActions, { mac }: MenuFacts): Item {
  const about: Item[] = mac ? [] : [SEPARATOR, { label: '&About Sonde', click: () => actions.about() }];
  return {
    role: 'help',
    submenu: [
      { label: '&Keys', accelerator: 'F1', click: () => actions.keys() },
      { label: '&Sonde on the command line', click: () => actions.commandLine() },
      { label: 'Techniques (MITRE &ATT&&CK)', click: () => actions.techniques() },
      SEPARATOR,
      { label: 'Show the &log', click: () => actions.log() },
      ...about,
    ],
  };
}

export function menuTemplate(actions: MenuActions, facts: MenuFacts): Item[] {
  return [
    ...(facts.mac ? [appMenu(actions)] : []),
    fileMenu(actions, facts),
    { role: 'editMenu' },
    viewMenu(actions, facts),
    { role: 'windowMenu' },
    helpMenu(actions, facts),
  ];
}
