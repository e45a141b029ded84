/** The results of a run where they are kept: as JSON, as Markdown and as a page, named after the day and the commit. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownOf } from './markdown.ts';
import type { RunReport } from './report.ts';
import { htmlOf } from './report-html.ts';

/** Returns the path of the page. */
export function keep(runs: readonly RunReport[], directory: string, name: string): string {
  const [first] = runs;
  if (first === undefined) throw new RangeError('nothing was measured');
  const commit = first.machine.commit.replace('+', '-changed').replaceAll(' ', '-');
  const stem = join(directory, `${first.at.slice(0, 10)}-${name}-${commit}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${stem}.json`, `${JSON.stringify(runs, null, 2)}\n`);
  writeFileSync(`${stem}.md`, markdownOf(runs));
  writeFileSync(`${stem}.html`, htmlOf(runs));
  return `${stem}.html`;
}
