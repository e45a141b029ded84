/** Waits for a pointer that is down to be released: what moves away under it would not be clicked. */

/** Null while none is down. */
let waiting: (() => void)[] | null = null;

const down = () => {
  waiting = [];
};
/** After the click, which follows. */
const up = () => {
  const runs = waiting ?? [];
  waiting = null;
  setTimeout(() => {
    for (const run of runs) run();
  });
};

if (globalThis.document !== undefined) {
  document.addEventListener('pointerdown', down, true);
  for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, up, true);
}

/** Runs it now, or, while a pointer is down, when it has been released. */
export function whenReleased(run: () => void): void {
  if (waiting === null) run();
  else waiting.push(run);
}
