/** A panel with a figure in it, which leaves as SVG and as CSV. */
import { Button } from '@mantine/core';
import { useRef, type ReactNode } from 'react';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useAct } from '../../lib/desk.tsx';
import { download } from '../../lib/download.ts';
import { useLock } from '../../lib/role.ts';
import { csvFile, type Cell } from './csv.ts';
import { svgFile, type FigureKey } from './figure-file.ts';

interface FigureProps {
  title: string;
  note?: string;
  /** Of the files. */
  name: string;
  className?: string;
  keys?: readonly FigureKey[];
  tools?: ReactNode;
  /** Tables have no picture. */
  picture?: boolean;
  csv: () => { head: readonly string[]; rows: readonly (readonly Cell[])[] };
  children: ReactNode;
}

const NONE: readonly FigureKey[] = [];

export function Figure({
  title,
  note,
  name,
  className = '',
  keys = NONE,
  tools,
  picture = true,
  csv,
  children,
}: FigureProps) {
  const body = useRef<HTMLDivElement>(null);
  const { act, busy, error } = useAct();
  const lock = useLock();
  const save = (kind: 'svg' | 'csv'): void => {
    const svg = body.current?.querySelector<SVGSVGElement>('svg.recharts-surface, svg.figure-svg');
    if (kind === 'svg' && !svg) return;
    const text = (): string => {
      if (kind === 'svg' && svg) return svgFile(svg, title, keys);
      const { head, rows } = csv();
      return csvFile(head, rows);
    };
    void act(async (client) => download(await client.lab.figure({ name, kind, text: text() })));
  };
  return (
    <Panel
      title={title}
      {...(note === undefined ? {} : { note })}
      className={className}
      tools={
        <>
          {tools}
          <Button.Group>
            {picture ? (
              <Button
                size="compact-xs"
                variant="default"
                {...lock}
                disabled={lock.disabled || busy}
                aria-label={`${title} as SVG`}
                onClick={() => save('svg')}
              >
                SVG
              </Button>
            ) : null}
            <Button
              size="compact-xs"
              variant="default"
              {...lock}
              disabled={lock.disabled || busy}
              aria-label={`${title} as CSV`}
              onClick={() => save('csv')}
            >
              CSV
            </Button>
          </Button.Group>
        </>
      }
    >
      {error ? <ErrorNote error={error} /> : null}
      {keys.length > 0 ? <Keys keys={keys} /> : null}
      <div ref={body}>{children}</div>
    </Panel>
  );
}

function Keys({ keys }: { keys: readonly FigureKey[] }) {
  return (
    <p className="legend lab-legend">
      {keys.map(({ name, colour, dash }) => (
        <span key={name} className="legend-item">
          <svg width="20" height="8" aria-hidden="true">
            <line x1="0" x2="20" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
          </svg>
          {name}
        </span>
      ))}
    </p>
  );
}
