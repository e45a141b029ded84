/** Stores whose archive takes its time to answer, as a disk or another machine would: what comes meanwhile comes in between. */
import type { Archive } from '../../src/journal/archive.ts';
import { type MemoryStores, memoryStores } from '../../src/stores.ts';

const slow = new Set(['state', 'timeline', 'eventsSince', 'conversationsOf', 'conversationsAbout', 'command']);

/** Each answer is what was true when it was asked for, and comes up to `ms` later. */
export function slowReads(random: () => number, ms: number): MemoryStores {
  return delayedReads(() => new Promise((resolve) => void setTimeout(resolve, random() * ms)));
}

/** `delay` is told which question was asked; its answer waits for it. */
export function delayedReads(delay: (method: string) => Promise<void>): MemoryStores {
  const kept = memoryStores();
  return {
    open() {
      const stores = kept.open();
      return { ...stores, archive: delayed(stores.archive, delay) };
    },
  };
}

function delayed(archive: Archive, delay: (method: string) => Promise<void>): Archive {
  return new Proxy(archive, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!slow.has(String(name))) return value.bind(target);
      return async (...given: unknown[]) => {
        const answer: unknown = await value.apply(target, given);
        await delay(String(name));
        return answer;
      };
    },
  });
}
