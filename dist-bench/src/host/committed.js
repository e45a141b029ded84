export {};
//# sourceMappingURL=committed.js.map