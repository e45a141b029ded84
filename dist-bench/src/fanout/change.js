import { standingOf } from '../conversation/visibility.js';
import { entriesOf } from '../views/entries.js';
/** Did this entry change what the person may do in the conversation? */
export function standingChanged({ before, after }, person) {
    if (before === null || after === null)
        return true;
    return standingOf(before, person) !== standingOf(after, person);
}
/** The timeline entries a change adds. */
export function entriesIn({ entry: { position, events } }) {
    return entriesOf(events.map((event) => ({ position, event })));
}
//# sourceMappingURL=change.js.map