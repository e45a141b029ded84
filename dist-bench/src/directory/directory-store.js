/** Stored bytes are not what was written. The message names the key's hash and what is wrong, never user text. */
export class DirectoryDamaged extends Error {
    name = 'DirectoryDamaged';
}
//# sourceMappingURL=directory-store.js.map