import { Fragment } from 'react';
import { guideAddress } from '../../lib/guide.ts';
import { Link } from '../../lib/place.tsx';
import { blocksOf, spansOf, type Block } from './markdown.ts';

/** Pages that are shown here; links to others are told by name. */
const HERE = /^(?:good-capture|blind-spots)\.md/;

function Text({ text }: { text: string }) {
  return spansOf(text).map((span, at) => {
    switch (span.kind) {
      case 'code':
        return <code key={at}>{span.text}</code>;
      case 'strong':
        return <strong key={at}>{span.text}</strong>;
      case 'link':
        return HERE.test(span.to) ? (
          <Link key={at} to={guideAddress(span.to)}>
            {span.text}
          </Link>
        ) : (
          <Fragment key={at}>docs/{span.text}</Fragment>
        );
      case 'plain':
        return <Fragment key={at}>{span.text}</Fragment>;
    }
  });
}

function Heading({ level, text, id }: Extract<Block, { kind: 'heading' }>) {
  const Name = ({ 1: 'h1', 2: 'h2' } as const)[level] ?? 'h3';
  return (
    <Name id={`help-${id}`} tabIndex={-1}>
      {text}
    </Name>
  );
}

function Table({ head, rows }: Extract<Block, { kind: 'table' }>) {
  return (
    <table className="help-table">
      <thead>
        <tr>
          {head.map((cell) => (
            <th key={cell} scope="col">
              <Text text={cell} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.join()}>
            {row.map((cell, at) => (
              <td key={at}>
                <Text text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Part({ block }: { block: Block }) {
  switch (block.kind) {
    case 'heading':
      return <Heading {...block} />;
    case 'text':
      return (
        <p>
          <Text text={block.text} />
        </p>
      );
    case 'list':
      return (
        <ul>
          {block.items.map((item) => (
            <li key={item}>
              <Text text={item} />
            </li>
          ))}
        </ul>
      );
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case 'table':
      return <Table {...block} />;
  }
}

export function Markdown({ text }: { text: string }) {
  return blocksOf(text).map((block, at) => <Part key={at} block={block} />);
}
