/** How far below what is seen the end of a list may be when more is asked for. */
const nearPx = 800;

/** Calls when `end` comes near what is seen of `root`; null = of the window. The answer ends it. */
export function whenNear(end: Element, root: Element | null, reached: () => void): () => void {
  const watcher = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && reached(), {
    root,
    rootMargin: `${nearPx}px 0px`,
  });
  watcher.observe(end);
  return () => {
    // What has been seen and not been told is of no interest any more.
    watcher.takeRecords();
    watcher.disconnect();
  };
}
