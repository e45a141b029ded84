/** What was typed counts by its first characters only. */
const charsMax = 64;

/** The known name that someone who mistyped probably meant; null where none is near. */
export function nearestName(typed: string, known: readonly string[]): string | null {
  let best: string | null = null;
  const wanted = typed.slice(0, charsMax).toLowerCase();
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of known) {
    const begun = wanted.length > 2 && name.toLowerCase().startsWith(wanted);
    const distance = begun ? 1 : editDistance(wanted, name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** Levenshtein: how many characters must be added, removed or replaced. */
function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (before[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = row;
  }
  return before[b.length] as number;
}
