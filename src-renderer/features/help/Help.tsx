/** Pages of the documentation, for who has only the desk at hand. */
import { useEffect } from 'react';
import { guideAddress } from '../../lib/guide.ts';
import { Link, usePlace } from '../../lib/place.tsx';
import './help.css';
import { Markdown } from './Markdown.tsx';
import { PAGES } from './pages.ts';

export default function Help() {
  const { rest, params } = usePlace();
  const page = PAGES.find(({ name }) => name === rest[0]) ?? PAGES[0]!;
  const at = params['at'] ?? '';
  useEffect(() => {
    const heading = at === '' ? null : document.getElementById(`help-${at}`);
    heading?.scrollIntoView();
    heading?.focus({ preventScroll: true });
  }, [page, at]);
  return (
    <div className="help">
      <nav aria-label="Pages of the help" className="help-pages">
        {PAGES.map(({ name, title }) => (
          <Link key={name} to={guideAddress(`${name}.md`)} aria-current={name === page.name ? 'page' : undefined}>
            {title}
          </Link>
        ))}
      </nav>
      <article className="help-text">
        <Markdown text={page.text} />
      </article>
    </div>
  );
}
