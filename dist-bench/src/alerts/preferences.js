/** For whoever never chose: everything. */
export const defaultPreferences = {
    email: { conversations: true, messages: true },
    popup: { conversations: true, messages: true },
};
export class Preferences {
    #archive;
    #connected = new Map();
    /** Set since the last checkpoint. */
    #unarchived = new Map();
    constructor(archive) {
        this.#archive = archive;
    }
    async of(person) {
        const known = this.#unarchived.get(person) ?? this.#connected.get(person)?.boxes;
        if (known)
            return known;
        const archived = await this.#archive.preferences(person);
        const boxes = this.#unarchived.get(person) ?? archived ?? defaultPreferences;
        const connected = this.#connected.get(person);
        if (connected !== undefined)
            connected.boxes ??= boxes;
        return boxes;
    }
    keep(person) {
        const connected = this.#connected.get(person);
        if (connected === undefined)
            this.#connected.set(person, { sessions: 1, boxes: null });
        else
            connected.sessions += 1;
    }
    release(person) {
        const connected = this.#connected.get(person);
        if (connected !== undefined && --connected.sessions === 0)
            this.#connected.delete(person);
    }
    /** For a connected person, without waiting. */
    wantsPopup(person, kind) {
        const { popup } = this.#unarchived.get(person) ?? this.#connected.get(person)?.boxes ?? defaultPreferences;
        return kind === 'conversation' ? popup.conversations : popup.messages;
    }
    committed({ preferences }) {
        if (preferences === null)
            return;
        const { person, boxes } = preferences;
        this.#unarchived.set(person, boxes);
        const connected = this.#connected.get(person);
        if (connected !== undefined)
            connected.boxes = boxes;
    }
    /** What a checkpoint takes over, and the note that it has. */
    toArchive() {
        const rows = [...this.#unarchived].map(([person, boxes]) => ({ person, boxes }));
        return {
            rows,
            taken: () => {
                for (const { person, boxes } of rows)
                    if (this.#unarchived.get(person) === boxes)
                        this.#unarchived.delete(person);
            },
        };
    }
}
//# sourceMappingURL=preferences.js.map