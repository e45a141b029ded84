/** A report of single figures, with where and when they were taken. */
import { describeMachine } from './machine.ts';
import type { FigureRun } from './report.ts';

export function figureRun(
  found: Omit<FigureRun, 'is' | 'at' | 'machine' | 'notes' | 'charts'> & Partial<FigureRun>,
): FigureRun {
  const { notes = [], charts = [] } = found;
  return { ...found, is: 'figures', at: new Date().toISOString(), machine: describeMachine(), notes, charts };
}
