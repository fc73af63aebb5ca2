/** The lab: experiments on labelled records. */
import { usePlace } from '../../lib/place.tsx';
import { Compare } from './Compare.tsx';
import { Experiments } from './Experiments.tsx';
import '../open/open.css';
import './lab.css';
import { NewExperiment } from './NewExperiment.tsx';
import { labPlace } from './place.ts';
import { ResultPage } from './ResultPage.tsx';

export default function Lab() {
  const place = labPlace(usePlace().rest);
  switch (place.what) {
    case 'list':
      return <Experiments />;
    case 'new':
      return <NewExperiment />;
    case 'result':
      return <ResultPage key={place.id} id={place.id} />;
    case 'compare':
      return <Compare ids={place.ids} />;
  }
}
