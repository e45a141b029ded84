/**
 * CMD-1 of a command whose text was erased: of the hash of its body nothing is kept, since a short text could be guessed
 * from it. Then the id alone decides, and a retry gets the first answer.
 */
export const erasedBodyHash: Uint8Array = new Uint8Array(16);

export function isErasedBody(bodyHash: Uint8Array): boolean {
  return bodyHash.every((byte) => byte === 0);
}
