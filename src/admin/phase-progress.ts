/** The phases of a snapshot, a restore or a verification, as one progress after the other. */
import type { Progress as Phase } from '../journal/snapshot.ts';
import type { Progress } from './progress.ts';

const words: Readonly<Record<Phase['phase'], string>> = {
  journal: 'journal entries',
  archive: 'conversations',
  directory: 'directory rows',
  checking: 'conversations checked',
};

export function phaseProgress(progress: Progress): (phase: Phase) => void {
  let name: string | null = null;
  let before = 0;
  return ({ phase, done }) => {
    if (phase !== name) {
      progress.start(words[phase], null);
      [name, before] = [phase, 0];
    }
    progress.advance(done - before);
    before = done;
  };
}
