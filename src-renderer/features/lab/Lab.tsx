/** The lab: experiments on labelled records, and models that are learned from them. */
import { usePlace } from '../../lib/place.tsx';
import { ScoredPage } from './bulk/ScoredPage.tsx';
import { ScorePage } from './bulk/ScorePage.tsx';
import { Compare } from './Compare.tsx';
import { Experiments } from './Experiments.tsx';
import '../open/open.css';
import './lab.css';
import './models/models.css';
import { Daily } from './models/Daily.tsx';
import { ModelPage } from './models/ModelPage.tsx';
import { Models } from './models/Models.tsx';
import { NewModel } from './models/NewModel.tsx';
import { Retrain } from './models/Retrain.tsx';
import { NewExperiment } from './NewExperiment.tsx';
import { labPlace } from './place.ts';
import { RecordPage } from './record/RecordPage.tsx';
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
    case 'models':
      return <Models />;
    case 'new-model':
      return <NewModel />;
    case 'daily':
      return <Daily />;
    case 'model':
      return <ModelPage key={place.id} id={place.id} />;
    case 'retrain':
      return <Retrain key={place.id} id={place.id} />;
    case 'score':
      return <ScorePage />;
    case 'scored':
      return <ScoredPage key={place.id} id={place.id} />;
    case 'record':
      return <RecordPage />;
  }
}
