/** In the place of `src/journal/lmdb-first-pages.ts`: the simulated LMDB begins its files itself. */
export function makeFirstPages(): void {}
