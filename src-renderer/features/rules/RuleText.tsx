/** A rule to be read: an option a line, what it looks for set off from the rest. Text alone, whatever stands in it. */
import { linesOfRule } from './rule-parts.ts';

export function RuleText({ text }: { text: string }) {
  return (
    <pre className="rules-text">
      {linesOfRule(text).map((parts, at) => (
        <div key={at} className="rules-line">
          {parts.map((part, i) =>
            part.text === '' ? null : (
              <span key={i} className={`rules-part-${part.kind}`}>
                {part.text}
              </span>
            ),
          )}
        </div>
      ))}
    </pre>
  );
}
