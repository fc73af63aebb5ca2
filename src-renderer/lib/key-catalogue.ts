/** Every key of the desk: one list, from which the views take theirs, `?` shows what works, and the settings show all. */
export interface KeyName {
  /** One key (`/`, `?`, `ArrowDown`) or two in a row (`g o`). */
  keys: string;
  label: string;
}

export const KEYS = {
  help: { keys: '?', label: 'Show the keys' },
  whole: { keys: 'x', label: 'Show the whole time again' },
  everything: { keys: '/', label: 'Search all captures (where the view has no search of its own)' },
  search: { keys: '/', label: 'Search' },
  filter: { keys: '/', label: 'Edit the filter' },
  find: { keys: '/', label: 'Find in the stream' },
  choose: { keys: 'o', label: 'Choose files' },
  sample: { keys: 'd', label: 'Open the sample capture' },
  next: { keys: 'j', label: 'Next incident of the list' },
  before: { keys: 'k', label: 'Incident before' },
  status: { keys: 's', label: 'Set the status' },
  silence: { keys: 'm', label: 'Silence this and its like' },
  packets: { keys: 'e', label: 'Export its packets' },
  watch: { keys: 'w', label: 'Start watching (or watch again)' },
  pause: { keys: 'p', label: 'Pause the screen, or go on' },
  mark: { keys: 'n', label: 'Note this moment' },
  stop: { keys: 't', label: 'Stop the session' },
  experiment: { keys: 'e', label: 'New experiment' },
  model: { keys: 'n', label: 'New model' },
  markdown: { keys: 'c', label: 'Copy as Markdown' },
} as const satisfies Record<string, KeyName>;

export interface KeyGroupNames {
  title: string;
  keys: readonly KeyName[];
}

/** Keys that work only in what has the focus; they are no single-key shortcuts and stay when those are off. */
export const FOCUSED: readonly KeyGroupNames[] = [
  {
    title: 'In a list of incidents',
    keys: [
      { keys: 'ArrowDown', label: 'Next incident (also j)' },
      { keys: 'ArrowUp', label: 'Incident before (also k)' },
      { keys: 'Enter', label: 'Open it' },
    ],
  },
  {
    title: 'In the table of flows',
    keys: [
      { keys: 'Arrows', label: 'Move from cell to cell (also j and k)' },
      { keys: 'PageDown', label: 'A page on; Page up a page back' },
      { keys: 'Ctrl+End', label: 'Last flow; Ctrl+Home the first' },
      { keys: 'Enter', label: 'Show all that is known of the flow' },
      { keys: 'Shift+F10', label: 'What can be done with the value (also the Menu key)' },
      { keys: 'ArrowRight', label: 'On the edge of a column: wider; ← narrower, Home as usual' },
    ],
  },
  {
    title: 'In the list of packets, its fields and its bytes',
    keys: [
      { keys: 'Arrows', label: 'Next packet, field or byte (in the list also j and k)' },
      { keys: 'PageDown', label: 'A page on; Page up a page back (in the list)' },
      { keys: 'Home', label: 'The first one; End the last' },
      { keys: 'ArrowLeft', label: 'Fold a layer; → unfold it (in the fields)' },
      { keys: 'Escape', label: 'Mark nothing (in the fields)' },
    ],
  },
  {
    title: 'In the timeline, the heat map and the graph',
    keys: [
      { keys: '+', label: 'Zoom in' },
      { keys: '-', label: 'Zoom out' },
      { keys: 'Arrows', label: 'Move' },
      { keys: 'Escape', label: 'Show all' },
    ],
  },
  {
    title: 'On the threshold of a result in the lab',
    keys: [
      { keys: 'ArrowRight', label: 'Higher; ← lower, Page up and Page down ten steps' },
      { keys: 'Home', label: 'Every record is an alarm; End none' },
      { keys: 'Escape', label: 'Back to where validation data set it' },
    ],
  },
];
