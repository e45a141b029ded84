/** How V8 is to treat what lives for a moment. Of the whole process, its threads included. */
import { setFlagsFromString } from 'node:v8';

/**
 * Everything begins young. V8 would make what a place in the code makes old from the start, once it has found most of it
 * alive in a collection ("pretenuring"). A start, and the state that each conversation keeps, have it learn that of lists
 * which XState needs for a microsecond. Dead and old, each keeps alive what it points at: in a server under load three
 * times what lives was copied, twice, and all of the heap collected four times as often.
 */
export function letAllBeginYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
