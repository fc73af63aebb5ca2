/** Rules of signatures and lists of indicators: what is kept, what it found, what is off, and what a new rule would hit. */
import { usePlace } from '../../lib/place.tsx';
import { AllRules } from './AllRules.tsx';
import { Classes } from './Classes.tsx';
import { rulesPart } from './place.ts';
import { RefusedRules } from './RefusedRules.tsx';
import { RuleTabs } from './RuleTabs.tsx';
import './rules.css';
import { Sets } from './Sets.tsx';
import { TryRule } from './TryRule.tsx';

const VIEWS = { '': Sets, all: AllRules, refused: RefusedRules, classes: Classes, try: TryRule } as const;

export default function Rules() {
  const part = rulesPart(usePlace().rest);
  const View = VIEWS[part];
  return (
    <>
      <div className="view-head">
        <h1>Rules & lists</h1>
      </div>
      <RuleTabs at={part} />
      <View />
    </>
  );
}
