/** What became of a list: which of its items have to be placed, and which are gone. */
interface Item {
  readonly id: string;
}

export interface ListChanges {
  /** Indices of `after`, ascending. Items at all others are the identical ones as before, in the order they had. */
  readonly placed: readonly number[];
  /** Ids that are in `after` no more. */
  readonly gone: ReadonlySet<string>;
}

/** A few that came, went or moved are told apart from all the others; of many, more may be placed than have moved. */
export function listChanges(before: readonly Item[], after: readonly Item[]): ListChanges {
  const placed: number[] = [];
  const gone = new Set<string>();
  let at = 0;
  for (const [index, item] of after.entries()) {
    const old = before[at];
    if (old === undefined) placed.push(index);
    else if (old === item) at += 1;
    else if (before[at + 1] === item) {
      // What stood here has gone, or is found at another place.
      gone.add(old.id);
      at += 2;
    } else {
      placed.push(index);
      // It came in before what stood here, or takes its place.
      if (after[index + 1] === old) continue;
      gone.add(old.id);
      at += 1;
    }
  }
  for (const { id } of before.slice(at)) gone.add(id);
  for (const index of placed) gone.delete((after[index] as Item).id);
  return { placed, gone };
}
