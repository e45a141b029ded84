import { recordKinds } from '../directory/entities.js';
import { InvalidEntity, validPerson, validRecord, validRecordKey } from '../directory/entity-validation.js';
import { assessPerson, assessRecord } from '../directory/same-entity.js';
import { limits } from '../limits.js';
import { AdminError, fieldsOf, json } from './admin-http-messages.js';
const routes = [
    {
        method: 'GET',
        pattern: '/livez',
        open: true,
        run: () => ({ status: 200, contentType: 'text/plain', body: 'ok\n' }),
    },
    { method: 'GET', pattern: '/readyz', open: true, run: readyz },
    { method: 'GET', pattern: '/metrics', open: true, run: metrics },
    { method: 'GET', pattern: '/v1/people/*', run: ({ directory, args: [id] }) => found(directory.person(id)) },
    { method: 'PUT', pattern: '/v1/people/*', body: true, run: putPerson },
    { method: 'POST', pattern: '/v1/people/*/deactivate', run: deactivate },
    { method: 'GET', pattern: '/v1/records/*/*', run: (call) => found(recordAt(call)) },
    { method: 'PUT', pattern: '/v1/records/*/*', body: true, run: putRecord },
    { method: 'DELETE', pattern: '/v1/records/*/*', run: deleteRecord },
    { method: 'GET', pattern: '/v1/directory', run: ({ directory }) => json(200, { version: directory.version }) },
    { method: 'POST', pattern: '/v1/directory', body: true, run: postDirectory },
    { method: 'POST', pattern: '/v1/checkpoint-hold', body: true, run: hold },
    { method: 'DELETE', pattern: '/v1/checkpoint-hold/*', run: release },
];
/** The route of a request line; throws `AdminError` 404 or 405. HEAD is GET without its body. */
export function routeOf(method, target) {
    const [path = '', search = ''] = target.split('?', 2);
    const here = routes.flatMap((route) => {
        const args = argsOf(route.pattern, path);
        return args === null ? [] : [{ ...route, args }];
    });
    if (here.length === 0)
        throw new AdminError(404, 'not-found', 'There is no such route.');
    const route = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
    if (route === undefined) {
        const allow = here.map((one) => one.method).join(', ');
        throw new AdminError(405, 'method-not-allowed', `This route takes ${allow}.`, { allow });
    }
    return {
        name: `${route.method} ${route.pattern}`,
        open: route.open === true,
        takesBody: route.body === true,
        run: async (admin, body) => route.run({ admin, directory: admin.directory, args: route.args, query: new URLSearchParams(search), body }),
    };
}
/** Null where the path does not fit. Split before decoding: an id may hold a slash, written %2F. */
function argsOf(pattern, path) {
    const want = pattern.split('/');
    const have = path.split('/');
    if (want.length !== have.length)
        return null;
    const args = [];
    for (let at = 0; at < want.length; at += 1) {
        const part = have[at];
        if (want[at] !== '*') {
            if (want[at] !== part)
                return null;
        }
        else {
            try {
                args.push(decodeURIComponent(part));
            }
            catch {
                return null;
            }
        }
    }
    return args;
}
function readyz({ admin }) {
    const { ready, reason } = admin.ready();
    return json(ready ? 200 : 503, reason === undefined ? { ready } : { ready, reason });
}
async function metrics({ admin }) {
    return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await admin.metrics() };
}
function found(entity) {
    if (entity === undefined)
        throw new AdminError(404, 'not-found', 'There is no such person or record.');
    return json(200, entity);
}
function recordAt({ directory, args: [kind, id] }) {
    const known = recordKinds.find((name) => name === kind);
    return known === undefined ? undefined : directory.record(known, id);
}
/** The body without what the path says already; where it says it too, it must say the same. */
function bodyAt(body, place) {
    const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : null;
    if (fields === null)
        throw new AdminError(400, 'body-invalid', 'The body must be an object.');
    for (const [name, value] of Object.entries(place)) {
        const said = fields[name];
        if (said !== undefined && said !== value)
            throw new InvalidEntity(name, 'is another one than in the path');
    }
    return { ...fields, ...place };
}
async function putPerson({ directory, args: [id], body }) {
    const person = validPerson(bodyAt(body, { id: id }));
    const outcome = assessPerson(directory, person);
    await directory.put({ people: [person] });
    return json(200, { outcome, version: directory.version });
}
/** CMD-4: the answer comes when the person's sessions have been told to end. */
async function deactivate({ directory, args: [id] }) {
    const person = directory.person(id);
    if (person === undefined)
        return found(undefined);
    const outcome = person.active ? 'changed' : 'same';
    await directory.put({ people: [{ ...person, active: false }] });
    return json(200, { outcome, version: directory.version });
}
async function putRecord({ directory, args: [kind, id], body }) {
    const record = validRecord(bodyAt(body, { kind: kind, id: id }));
    const outcome = assessRecord(directory, record);
    await directory.put({ records: [record] });
    return json(200, { outcome, version: directory.version });
}
async function deleteRecord(call) {
    const record = recordAt(call);
    if (record === undefined)
        return found(undefined);
    await call.directory.put({ removeRecords: [{ kind: record.kind, id: record.id }] });
    return json(200, { outcome: 'removed', version: call.directory.version });
}
/** All of it or nothing. With `?dry-run=true` nothing at all, but the same answer. */
async function postDirectory({ directory, query, body }) {
    const lists = fieldsOf(body, ['people', 'records', 'removeRecords']);
    const people = listOf('people', lists.people, validPerson);
    const records = listOf('records', lists.records, validRecord);
    const removeRecords = listOf('removeRecords', lists.removeRecords, validRecordKey);
    const count = people.length + records.length + removeRecords.length;
    if (count > limits.directoryBatchMax) {
        throw new AdminError(413, 'batch-too-large', `A batch holds at most ${limits.directoryBatchMax} people and records.`);
    }
    const outcomes = {
        people: people.map((person) => assessPerson(directory, person)),
        records: records.map((record) => assessRecord(directory, record)),
        removeRecords: removeRecords.map((key) => removalOf(directory, key)),
    };
    if (query.get('dry-run') !== 'true')
        await directory.put({ people, records, removeRecords });
    return json(200, { ...outcomes, version: directory.version });
}
function removalOf(directory, { kind, id }) {
    return directory.record(kind, id) === undefined ? 'same' : 'removed';
}
function listOf(name, list, valid) {
    if (list === undefined)
        return [];
    if (!Array.isArray(list))
        throw new InvalidEntity(name, 'must be a list');
    return list.map((input, at) => {
        try {
            return valid(input);
        }
        catch (error) {
            throw error instanceof InvalidEntity ? error.within(`${name}[${at}]`) : error;
        }
    });
}
async function hold({ admin, body }) {
    const { ms = 60_000 } = fieldsOf(body ?? {}, ['ms']);
    if (!Number.isSafeInteger(ms) || ms < 1 || ms > limits.checkpointHoldMaxMs) {
        throw new InvalidEntity('ms', `must be a whole number from 1 to ${limits.checkpointHoldMaxMs}`);
    }
    return json(201, await admin.holdCheckpoints(ms));
}
async function release({ admin, args: [id] }) {
    if (!(await admin.releaseCheckpoints(id))) {
        throw new AdminError(404, 'not-found', 'There is no such hold, or it has ended.');
    }
    return json(200, { released: true });
}
//# sourceMappingURL=admin-http-routes.js.map