/** What a session needs of the rooms behind it; `server.ts` provides it. */
export {};
//# sourceMappingURL=house.js.map