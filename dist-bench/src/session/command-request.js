export function requestOf(frame) {
    switch (frame.t) {
        case 'start': {
            const about = frame.about === undefined ? null : { kind: frame.about.kind, id: frame.about.id };
            return { type: 'start', text: frame.text, people: frame.people, about, private: frame.private ?? false };
        }
        case 'reply':
            return { type: 'reply', conversation: frame.conversation, text: frame.text };
        case 'read':
            return { type: 'read', conversation: frame.conversation, upTo: frame.upTo };
        case 'readAll':
            return { type: 'readAll', at: frame.at };
        case 'invite':
            return { type: 'invite', conversation: frame.conversation, people: frame.people };
        case 'leave':
            return { type: 'leave', conversation: frame.conversation };
        case 'delete':
            return { type: 'delete', conversation: frame.conversation, upTo: frame.upTo };
        case 'setAlerts': {
            const { email, popup } = frame.preferences;
            return {
                type: 'setAlerts',
                preferences: {
                    email: { conversations: email.conversations, messages: email.messages },
                    popup: { conversations: popup.conversations, messages: popup.messages },
                },
            };
        }
    }
}
//# sourceMappingURL=command-request.js.map