/**
 * The directory on disk: one LMDB environment, one value for each person and record.
 *
 * Key: 'p' or 'r', then the first 16 bytes of SHA-256 over what it names, so that no user text is in keys; the key
 * 'v' holds the version. Value: format byte, CRC32C (little endian) over key and payload, payload in JSON. The key is
 * part of the checksum: a value at another's place is damage too.
 */
import { createHash } from 'node:crypto';
import { open } from 'lmdb';
import { crc32c } from '../runtime/crc32c.js';
import { DirectoryDamaged, } from './directory-store.js';
const format = 1;
const headerBytes = 5;
const versionKey = Buffer.from('v');
/** Opens the environment in the directory `path` and makes it where there is none. One process may write at a time. */
export function lmdbDirectoryStore(path, options = {}) {
    const environment = {
        path,
        encoding: 'binary',
        keyEncoding: 'binary',
        // Both are needed for a torn write after a power failure to be noticed, and cost nothing.
        overlappingSync: false,
        safeRestore: true,
        strictAsyncOrder: true,
        readOnly: options.readOnly ?? false,
    };
    const db = open(environment);
    return {
        async load() {
            const people = [];
            const records = [];
            let version = null;
            for (const { key, value } of db.getRange()) {
                const payload = unseal(key, value);
                if (key[0] === 0x76)
                    version = versionFrom(payload);
                else if (key[0] === 0x70)
                    people.push(personFrom(payload));
                else
                    records.push(recordFrom(payload));
            }
            if (version === null) {
                if (people.length + records.length > 0)
                    throw new DirectoryDamaged('directory: the version is missing');
                version = { version: 0, completeSince: 0 };
            }
            const newest = version.version;
            for (const { version: changed } of [...people, ...records]) {
                if (changed > newest)
                    throw new DirectoryDamaged(`directory: a value of version ${changed} after ${newest}`);
            }
            return { ...version, people, records };
        },
        async write(change) {
            const { version, completeSince } = change;
            const puts = [[versionKey, seal(versionKey, [version, completeSince])]];
            for (const person of change.people) {
                const key = personKey(person.id);
                puts.push([key, seal(key, payloadOfPerson(version, person))]);
            }
            for (const { key: named, record } of change.records) {
                const key = recordKey(named);
                puts.push([key, seal(key, payloadOfRecord(version, named, record))]);
            }
            // All of a batch goes into one transaction, which is synced before the promise resolves.
            const done = await db.batch(() => {
                for (const [key, value] of puts)
                    void db.put(key, value);
                for (const key of change.forget)
                    void db.remove(recordKey(key));
            });
            if (!done)
                throw new Error('directory: LMDB refused a write');
        },
        close: () => db.close(),
    };
}
function hashed(type, named) {
    const digest = createHash('sha256').update(named).digest();
    return Buffer.concat([Buffer.from(type), digest.subarray(0, 16)]);
}
const personKey = (id) => hashed('p', id);
// A kind holds no slash, so that no two records share a name.
const recordKey = ({ kind, id }) => hashed('r', `${kind}/${id}`);
function payloadOfPerson(version, person) {
    return [version, person.id, person.first, person.last, person.email, person.active];
}
function payloadOfRecord(version, { kind, id }, record) {
    return record === null ? [version, kind, id] : [version, kind, id, record.name, record.view, record.edit];
}
function versionFrom(payload) {
    const [version, completeSince] = payload;
    return { version, completeSince };
}
function personFrom(payload) {
    const [version, id, first, last, email, active] = payload;
    return { version, person: Object.freeze({ id, first, last, email, active }) };
}
function recordFrom(payload) {
    const fields = payload;
    const [version, kind, id, name, view, edit] = fields;
    const key = Object.freeze({ kind, id });
    if (name === undefined || view === undefined || edit === undefined)
        return { version, key, record: null };
    return { version, key, record: Object.freeze({ kind, id, name, view, edit }) };
}
function seal(key, payload) {
    const body = Buffer.from(JSON.stringify(payload));
    const value = Buffer.allocUnsafe(headerBytes + body.length);
    value[0] = format;
    value.writeUInt32LE(crc32c(body, crc32c(key)), 1);
    body.copy(value, headerBytes);
    return value;
}
function unseal(key, value) {
    const damaged = (what) => new DirectoryDamaged(`directory: value at ${key.toString('hex')}: ${what}`);
    if (value.length < headerBytes)
        throw damaged('it is cut short');
    if (value[0] !== format)
        throw damaged(`its format ${value[0]} is not known to this version`);
    const body = value.subarray(headerBytes);
    if (crc32c(body, crc32c(key)) !== value.readUInt32LE(1))
        throw damaged('its checksum does not fit');
    // What the checksum vouches for was written by `seal`.
    return JSON.parse(body.toString());
}
//# sourceMappingURL=directory-store-lmdb.js.map