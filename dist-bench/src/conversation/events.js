export function isTimelineEvent(event) {
    return event.type !== 'read' && event.type !== 'deleted';
}
export function isMessage(event) {
    return event.type === 'started' || event.type === 'replied';
}
//# sourceMappingURL=events.js.map