import { useState, type DragEvent, type ReactNode } from 'react';

interface DropZoneProps {
  label?: string;
  onFiles(files: File[]): void;
  children: ReactNode;
}

export function DropZone({ label = 'Open captures', onFiles, children }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const drag = (event: DragEvent, inside: boolean): void => {
    event.preventDefault();
    setOver(inside);
  };
  const drop = (event: DragEvent): void => {
    drag(event, false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <section
      className={`drop ${over ? 'drop-over' : ''}`}
      aria-label={label}
      onDragEnter={(event) => drag(event, true)}
      onDragOver={(event) => drag(event, true)}
      onDragLeave={(event) => drag(event, false)}
      onDrop={drop}
    >
      {children}
    </section>
  );
}
