/** How conversations and people are spread over partitions. It never changes: a store is written by it. */

/** FNV-1a over the id: which partition a conversation, or a person's own commands, belong to. */
export function partitionOf(id: string, partitions: number): number {
  let mixed = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) mixed = Math.imul(mixed ^ id.charCodeAt(index), 0x01000193);
  return (mixed >>> 0) % partitions;
}
